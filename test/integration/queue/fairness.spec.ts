import { GRANTS_OF } from '../../../src/core/access/roles.js';
import { DataSource } from 'typeorm';
import { whileFrozen } from '../../support/frozen-engine.js';
import { countOf, errorOf } from '../../support/requests.js';
import { seedEvents } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';
import type { Config } from '../../../src/platform/config/config.js';
import { AccountEntity } from '../../../src/accounts/account.entity.js';
import { PropertiesService } from '../../../src/properties/properties.service.js';
import { PropertyEntity } from '../../../src/properties/property.entity.js';
import { RequestSubmission } from '../../../src/requests/request-submission.service.js';
import { RunEntity } from '../../../src/requests/run/run.entity.js';

const QUEUED = Number(process.env['MUSTER_TEST_QUEUED'] ?? 1000);
/** Callers that post at the same time. */
const AT_ONCE = 8;

describe('the line of queued runs', () => {
  let stores: TestStores;
  let app: TestApp;
  let ours: PropertyEntity;
  let theirs: PropertyEntity;

  beforeAll(async () => {
    stores = await startTestStores();
  });

  afterAll(async () => {
    await stores?.stop();
  });

  afterEach(async () => {
    await app.get(DataSource).query(`UPDATE runs SET state = 'cancelled' WHERE state IN ('queued', 'running')`);
    await app.stop();
  });

  const start = async (settings: Partial<Config> = {}): Promise<void> => {
    app = await startTestApp(stores, settings);
    const { manager } = app.get(DataSource);
    ours = await manager.findOneByOrFail(PropertyEntity, { slug: 'default' });
    await manager.upsert(AccountEntity, { id: 'acc_theirs', name: 'Theirs' }, ['id']);
    await app
      .get(PropertiesService)
      .create('acc_theirs', { slug: 'theirs' })
      .catch(() => undefined);
    theirs = await manager.findOneByOrFail(PropertyEntity, { slug: 'theirs' });
  };

  const post = async (
    property: PropertyEntity,
    name: string,
    more: object = {},
    apiKeyId = 'key_test',
  ): Promise<RunEntity> => {
    const reported = await app
      .get(RequestSubmission)
      .submit({ property, apiKeyId, grants: GRANTS_OF.owner, stamp: '' }, countOf(name, more), 0);
    return await app
      .get(DataSource)
      .manager.findOneByOrFail(RunEntity, { propertyId: property.id, hash: reported.answer.hash });
  };
  const postMany = async (property: PropertyEntity, name: string, count: number, more: object = {}) => {
    const runs: RunEntity[] = [];
    for (let i = 0; i < count; i += AT_ONCE) {
      const names = Array.from({ length: Math.min(AT_ONCE, count - i) }, (_, k) => `${name} ${i + k}`);
      runs.push(...(await Promise.all(names.map((each) => post(property, each, more)))));
    }
    return runs;
  };
  const rowOf = (run: RunEntity) => app.get(DataSource).manager.findOneByOrFail(RunEntity, { id: run.id });
  const isEnded = async (run: RunEntity): Promise<boolean> => (await rowOf(run)).finishedAt !== null;
  const isRunning = async (run: RunEntity): Promise<boolean> => (await rowOf(run)).state === 'running';
  const ended = async (runs: readonly RunEntity[]): Promise<RunEntity[]> => {
    for (const run of runs) await until(() => isEnded(run), 60_000);
    return await Promise.all(runs.map(rowOf));
  };
  const startedMs = ({ startedAt }: RunEntity): number => startedAt?.getTime() ?? NaN;

  it('lets the single run of an account start next, however many another has queued', async () => {
    await start();
    await seedEvents(app, { events: 1000, users: 10, from: '2020-01-01', days: 300 });
    const [many, single] = await whileFrozen(stores.engine, async () => {
      const posted = await postMany(ours, 'many', QUEUED);
      await until(async () => (await Promise.all(posted.slice(0, 8).map(isRunning))).filter(Boolean).length === 2);
      return [posted, await post(theirs, 'single')];
    });
    const [done] = await ended([single]);
    const rows = await Promise.all(many.map(rowOf));
    const between = rows.filter(
      (row) => startedMs(row) > single.createdAt.getTime() && startedMs(row) < startedMs(done!),
    );
    expect(done).toMatchObject({ state: 'succeeded' });
    expect(between.length).toBeLessThanOrEqual(1);
  }, 120_000);

  it('lets accounts take turns', async () => {
    await start({ jobConcurrency: 1 });
    const [first, second] = await whileFrozen(stores.engine, async () => [
      await postMany(ours, 'turns', 8),
      await postMany(theirs, 'turns', 8),
    ]);
    const rows = await ended([...first, ...second]);
    const order = rows.toSorted((a, b) => startedMs(a) - startedMs(b)).map(({ propertyId }) => propertyId);
    // The first one was alone when it began; from then on no account is more than two runs ahead.
    const lead = order.map((_, i) => order.slice(0, i + 1).reduce((n, id) => n + (id === ours.id ? 1 : -1), 0));
    expect(Math.max(...lead)).toBeLessThanOrEqual(2);
    expect(Math.min(...lead)).toBeGreaterThanOrEqual(-2);
  });

  it('begins bulk when nothing interactive is queued, and moves ahead what somebody waits for', async () => {
    await start({ jobConcurrency: 1 });
    const [bulk, hurried, interactive] = await whileFrozen(stores.engine, async () => {
      const busy = await post(ours, 'busy');
      await until(() => isRunning(busy));
      const slow = await postMany(ours, 'bulk', 3, { priority: 'bulk' });
      const wanted = await post(ours, 'bulk wanted', { priority: 'bulk' });
      const quick = await postMany(ours, 'interactive', 3);
      await post(ours, 'bulk wanted');
      return [slow, wanted, quick];
    });
    const rows = await ended([...bulk, hurried, ...interactive]);
    const order = rows.toSorted((a, b) => startedMs(a) - startedMs(b)).map(({ id }) => id);
    expect(order.slice(0, 4).toSorted()).toEqual([...interactive, hurried].map(({ id }) => id).toSorted());
  });

  it('keeps an account within its limit of running runs, and loses none', async () => {
    await start({ jobConcurrency: 4, accountConcurrency: 2 });
    const posted = await whileFrozen(stores.engine, async () => {
      const mine = await postMany(ours, 'limited', 12);
      await until(async () => (await Promise.all(mine.map(isRunning))).filter(Boolean).length === 2);
      const other = await post(theirs, 'limited');
      await until(() => isRunning(other));
      expect((await Promise.all(mine.map(isRunning))).filter(Boolean)).toHaveLength(2);
      return mine;
    });
    const rows = await ended(posted);
    expect(new Set(rows.map(({ state, attempt }) => `${state} ${attempt}`))).toEqual(new Set(['succeeded 1']));
    const edges = rows.flatMap((row) => [
      { ms: startedMs(row), by: 1 },
      { ms: row.finishedAt?.getTime() ?? NaN, by: -1 },
    ]);
    // At one instant ends come before starts.
    const inOrder = edges.toSorted((a, b) => a.ms - b.ms || a.by - b.by);
    let running = 0;
    for (const { by } of inOrder) {
      running += by;
      expect(running).toBeLessThanOrEqual(2);
    }
  }, 60_000);

  it('keeps a key within its limit of running runs, leaves others alone, and loses none', async () => {
    await start({ jobConcurrency: 4, keyConcurrency: 1, accountConcurrency: 3 });
    const posted = await whileFrozen(stores.engine, async () => {
      const mine = await postMany(ours, 'of key', 5);
      await until(async () => (await Promise.all(mine.map(isRunning))).filter(Boolean).length === 1);
      const other = await post(ours, 'of another key', {}, 'key_other');
      await until(() => isRunning(other));
      expect((await Promise.all(mine.map(isRunning))).filter(Boolean)).toHaveLength(1);
      return [...mine, other, ...(await postMany(ours, 'after it', 3))];
    });
    const rows = await ended(posted);
    expect(new Set(rows.map(({ state, attempt }) => `${state} ${attempt}`))).toEqual(new Set(['succeeded 1']));
    const mine = rows.filter(({ callerId }) => callerId === 'key_test').toSorted((a, b) => startedMs(a) - startedMs(b));
    expect(mine).toHaveLength(8);
    for (const [i, row] of mine.slice(1).entries()) {
      expect(startedMs(row)).toBeGreaterThanOrEqual(mine[i]?.finishedAt?.getTime() ?? NaN);
    }
  }, 60_000);

  it('is full for an account with 429, and for all with 503, while stored and queued answers go on', async () => {
    await start({ role: 'api', accountQueueLimit: 3, queueLimit: 4 });
    const http = (name: string) => app.call('POST', '/requests', countOf(name));
    for (const name of ['full 1', 'full 2', 'full 3']) expect((await http(name)).status).toBe(202);
    const refused = await http('full 4');
    expect(refused.status).toBe(429);
    expect(refused.headers).toMatchObject({ 'retry-after': '10' });
    expect(errorOf(refused)).toMatchObject({ code: 'account_queue_full', limit: 'account_queued_runs', value: 3 });
    expect((await http('full 1')).status).toBe(202);

    await post(theirs, 'full');
    await expect(post(theirs, 'fuller')).rejects.toMatchObject({ code: 'queue_full' });
    expect(await app.get(DataSource).manager.countBy(RunEntity, { state: 'queued' })).toBe(4);
  });
});
