import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { COHORT_EVALUATIONS, CohortEvaluationEntity, listOf } from '../../../src/cohorts/cohort-evaluation.entity.js';
import { CohortEvaluationHandler } from '../../../src/cohorts/cohort-evaluation.handler.js';
import type { EvaluationDto } from '../../../src/cohorts/cohort-evaluation.dto.js';
import type { CohortDto } from '../../../src/cohorts/cohort.dto.js';
import { JobStore } from '../../../src/jobs/job-store.js';
import { JobSweeper } from '../../../src/jobs/job-sweeper.js';
import type { PropertyDeletionDto } from '../../../src/properties/deletion/property-deletion.dto.js';
import { PropertyEntity } from '../../../src/properties/property.entity.js';
import { Engine } from '../../../src/stores/clickhouse/engine.js';
import { whileFrozen } from '../../support/frozen-engine.js';
import { send } from '../../support/ingest.js';
import { callHttp, type TestResponse } from '../../support/call-http.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';

const buys = (at_least: number): object => ({ did: { event: 'buy', at_least } });

let stores: TestStores;
let app: TestApp;
let other: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  other = await startTestApp(stores);
  const at = (user: string, day: number): object => ({ user, event: 'buy', time: `2020-01-0${day}T00:00:00Z` });
  await send(app, 'events', at('ann', 1), at('ann', 2), at('ann', 3), at('bob', 1), at('bob', 2), at('cem', 1));
});

afterAll(async () => {
  await app?.stop();
  await other?.stop();
  await stores?.stop();
});

async function make(name: string, content: object): Promise<CohortDto> {
  const response = await app.call('POST', '/cohorts', { name, ...content });
  if (response.status !== 201) throw new Error(response.text);
  return response.json();
}

async function evaluate(cohort: string, query = ''): Promise<EvaluationDto> {
  const response = await app.call('POST', `/cohorts/${cohort}/evaluations${query}`);
  if (response.status !== 201) throw new Error(response.text);
  return response.json();
}

const shown = async (cohort: string): Promise<CohortDto> => (await app.call('GET', `/cohorts/${cohort}`)).json();

async function members(cohort: string): Promise<string[]> {
  const response = await app.call('GET', `/cohorts/${cohort}/members`);
  if (response.status !== 200) throw new Error(response.text);
  return response.json<{ data: { user: string }[] }>().data.map(({ user }) => user);
}

/** Of evaluations as jobs: dead workers, late writes, and cohorts and properties that go away under them. */
describe('an evaluation', () => {
  it('of a process that died is taken up by another, and nothing is left of the first attempt', async () => {
    const { id: cohortId } = await make('abandoned', { rule: buys(1) });
    const good = await evaluate('abandoned');
    const { manager } = app.get(DataSource);
    const row = await manager.findOneByOrFail(CohortEvaluationEntity, { id: good.id });
    const engine = app.get(Engine);
    const params = { list: good.id.replace(/^eval_0/, 'eval_1') };
    await engine.execute({ sql: `INSERT INTO member_sets VALUES (1, {list:String}, 'half of it')`, params });
    const dead = {
      ...row,
      id: params.list,
      state: 'running' as const,
      attempt: 1,
      leasedUntil: new Date(0),
      createdAt: new Date(0),
      size: null,
      finishedAt: null,
    };
    await manager.insert(CohortEvaluationEntity, dead);
    await app.get(JobSweeper).sweep();
    const path = `/cohorts/${cohortId}/evaluations/${dead.id}`;
    const found = async (): Promise<EvaluationDto> => (await app.call('GET', path)).json<EvaluationDto>();
    await until(async () => (await found()).status === 'succeeded');
    expect(await found()).toMatchObject({ size: 3, error: null });
    expect(await manager.findOneBy(CohortEvaluationEntity, { id: dead.id })).toMatchObject({
      attempt: 2,
      handedBack: 0,
    });
    const ofIt = (await app.call('GET', `${path}/members`)).json<{ data: { user: string }[] }>();
    expect(ofIt.data.map(({ user }) => user)).toEqual(['ann', 'bob', 'cem']);
    const left = await engine.rows({ sql: 'SELECT 1 FROM member_sets WHERE set_hash = {list:String}', params });
    expect(left.rows).toEqual([]);
    expect((await evaluate('abandoned')).status).toBe('succeeded');
  });

  it('whose workers died over it three times fails, and the next one is made', async () => {
    await make('deadly', { rule: buys(1) });
    const good = await evaluate('deadly');
    const { manager } = app.get(DataSource);
    const row = await manager.findOneByOrFail(CohortEvaluationEntity, { id: good.id });
    const id = good.id.replace(/^eval_0/, 'eval_2');
    const lease = { leasedUntil: new Date(0), createdAt: new Date(0), finishedAt: null, size: null };
    await manager.insert(CohortEvaluationEntity, { ...row, ...lease, id, state: 'running' as const, attempt: 3 });
    await app.get(JobSweeper).sweep();
    const found = async (): Promise<EvaluationDto> =>
      (await app.call('GET', `/cohorts/deadly/evaluations/${id}`)).json<EvaluationDto>();
    await until(async () => (await found()).status === 'failed');
    expect((await found()).error).toMatchObject({ code: 'attempts_exhausted', retryable: true });
    expect((await evaluate('deadly')).status).toBe('succeeded');
  });

  it('writes nothing any more once it was taken over', async () => {
    await make('stolen', { rule: buys(1) });
    const store = app.get(JobStore);
    const [stolen, owner] = await whileFrozen(stores.engine, async () => {
      const { id } = await evaluate('stolen', '?wait=0');
      const { manager } = app.get(DataSource);
      const rowOf = () => manager.findOneByOrFail(CohortEvaluationEntity, { id });
      await until(async () => (await rowOf()).state === 'running');
      const message = { id, generation: null };
      expect(await store.claim(app.get(CohortEvaluationHandler), message)).toBeNull();
      const first = await rowOf();
      let second: { id: string; attempt: number } | null = null;
      await until(async () => {
        await manager.update(CohortEvaluationEntity, { id }, { leasedUntil: new Date(0) });
        return (second = await store.claim(app.get(CohortEvaluationHandler), message)) !== null;
      });
      return [first, second!] as const;
    });
    expect(owner.attempt).toBe(stolen.attempt + 1);
    const error = { code: 'x', detail: '', retryable: true };
    expect(await store.succeed(COHORT_EVALUATIONS, stolen, { columns: { size: 7 } })).toBe(false);
    expect(await store.fail(COHORT_EVALUATIONS, stolen, error)).toBe(false);
    expect(await store.handBack(COHORT_EVALUATIONS, owner)).toBe(true);
    const sql = 'SELECT count() AS n FROM member_sets WHERE set_hash = {list:String}';
    const left = async (): Promise<unknown> =>
      (await app.get(Engine).rows({ sql, params: { list: listOf(stolen) } })).rows;
    await until(async () => (await shown('stolen')).size === 3, 20_000);
    await until(async () => JSON.stringify(await left()) === '[{"n":0}]');
    expect(await members('stolen')).toEqual(['ann', 'bob', 'cem']);
  });

  it('has its end even when the database is away just then', async () => {
    await make('patient', { rule: buys(1) });
    const { manager } = app.get(DataSource);
    await manager.query(`CREATE FUNCTION away() RETURNS trigger LANGUAGE plpgsql AS
      $$ BEGIN RAISE EXCEPTION 'the database is starting up' USING ERRCODE = '57P03'; END $$`);
    await manager.query('CREATE TRIGGER away BEFORE UPDATE ON cohort_evaluations EXECUTE FUNCTION away()');
    const { id, status } = await evaluate('patient', '?wait=1');
    const before = (await shown('patient')).evaluation;
    await manager.query('DROP FUNCTION away CASCADE');
    expect([status, before]).toEqual(['queued', null]);
    await until(async () => (await shown('patient')).evaluation?.id === id);
  });

  it('is waited for, and watched to its end, at another process too', async () => {
    await make('awaited', { rule: buys(1) });
    const path = (id: string): string => `/cohorts/awaited/evaluations/${id}`;
    const { id, stream, waiting } = await whileFrozen(stores.engine, async () => {
      const queued = await evaluate('awaited', '?wait=0');
      const shown = await app.call('GET', path(queued.id));
      expect(shown.headers['retry-after']).toBe('2');
      const [stream, waiting] = [
        app.call('GET', `${path(queued.id)}/events`),
        other.call('GET', `${path(queued.id)}?wait=30`),
      ];
      await sleep(300);
      return { id: queued.id, stream: [stream], waiting: [waiting] };
    });
    expect((await waiting[0]!).json()).toMatchObject({ id, status: 'succeeded', size: 3 });
    const { text } = await stream[0]!;
    const events = [...text.matchAll(/^event: (\w+)$/gm)].map(([, name]) => name);
    expect(events.at(-1)).toBe('succeeded');
    expect(events.slice(0, -1).every((name) => name === 'queued' || name === 'running')).toBe(true);
    const [, lastId = ''] = [...text.matchAll(/^id: (.*)$/gm)].at(-1)!;
    expect((await app.call('GET', `${path(id)}/events`, undefined, { 'last-event-id': lastId })).status).toBe(204);
    expect((await app.call('GET', `${path('eval_none')}/events`)).status).toBe(404);
  });

  it('is cancelled under way, down to the engine, and leaves the members found before', async () => {
    await make('cancelled', { rule: buys(1) });
    const good = await evaluate('cancelled');
    const id = await whileFrozen(stores.engine, async () => {
      const under = await evaluate('cancelled', '?wait=0');
      const { manager } = app.get(DataSource);
      await until(async () => (await manager.findOneBy(CohortEvaluationEntity, { id: under.id }))?.state === 'running');
      const answer = await other.call('DELETE', `/cohorts/cancelled/evaluations/${under.id}`);
      expect(answer.status).toBe(200);
      expect(answer.json()).toMatchObject({ id: under.id, status: 'cancelled', size: null });
      return under.id;
    });
    const sql = 'SELECT count() AS n FROM member_sets WHERE set_hash = {list:String}';
    const left = async (): Promise<unknown> => (await app.get(Engine).rows({ sql, params: { list: id } })).rows;
    await until(async () => JSON.stringify(await left()) === '[{"n":0}]');
    expect((await app.call('GET', `/cohorts/cancelled/evaluations/${id}`)).json()).toMatchObject({
      status: 'cancelled',
    });
    expect((await shown('cancelled')).evaluation?.id).toBe(good.id);
    expect(await members('cancelled')).toEqual(['ann', 'bob', 'cem']);
  });

  it('that has ended is removed with its members, and the one before it counts again', async () => {
    await make('removed', { rule: buys(1) });
    const [first, second] = [await evaluate('removed'), await evaluate('removed')];
    const path = `/cohorts/removed/evaluations/${second.id}`;
    expect((await app.call('DELETE', path)).status).toBe(204);
    expect((await app.call('DELETE', path)).status).toBe(404);
    expect((await shown('removed')).evaluation?.id).toBe(first.id);
    const sql = 'SELECT count() AS n FROM member_sets WHERE set_hash = {list:String}';
    expect((await app.get(Engine).rows({ sql, params: { list: second.id } })).rows).toEqual([{ n: 0 }]);
  });

  it('of a cohort that is deleted meanwhile is gone, with its members', async () => {
    const { id: cohortId } = await make('fleeting', { rule: buys(1) });
    const { manager } = app.get(DataSource);
    let list = '';
    const waiting: Promise<TestResponse>[] = [];
    const removing: Promise<TestResponse>[] = [];
    await whileFrozen(stores.engine, async () => {
      waiting.push(app.call('POST', '/cohorts/fleeting/evaluations'));
      await until(async () => (await manager.countBy(CohortEvaluationEntity, { cohortId })) === 1);
      list = (await manager.findOneByOrFail(CohortEvaluationEntity, { cohortId })).id;
      removing.push(app.call('DELETE', '/cohorts/fleeting'));
      await until(async () => (await manager.countBy(CohortEvaluationEntity, { cohortId })) === 0);
    });
    expect([(await waiting[0])?.status, (await removing[0])?.status]).toEqual([404, 204]);
    const sql = 'SELECT count() AS n FROM member_sets WHERE set_hash = {list:String}';
    const left = async (): Promise<unknown> => (await app.get(Engine).rows({ sql, params: { list } })).rows;
    await until(async () => JSON.stringify(await left()) === '[{"n":0}]');
  });

  it('under way when its property is deleted ends before the data go, and leaves nothing', async () => {
    const headers = { authorization: `Bearer ${app.adminKey}` };
    const call = (method: 'GET' | 'POST' | 'DELETE', path: string, payload: object = {}) =>
      callHttp(app.url, method, `/v1/${path}`, { headers, body: method === 'POST' ? payload : undefined });
    const slug = 'leaving';
    expect((await call('POST', 'properties', { slug, name: slug })).status).toBe(201);
    expect((await call('POST', `properties/${slug}/cohorts`, { name: 'buyers', rule: buys(1) })).status).toBe(201);
    const { manager } = app.get(DataSource);
    const { number } = await manager.findOneByOrFail(PropertyEntity, { slug });
    const receipt = await whileFrozen(stores.engine, async () => {
      const { id } = (await call('POST', `properties/${slug}/cohorts/buyers/evaluations?wait=0`)).json<EvaluationDto>();
      await until(async () => (await manager.findOneBy(CohortEvaluationEntity, { id }))?.state === 'running');
      const path = (await call('DELETE', `properties/${slug}?force=true`)).headers['location'];
      await sleep(1000);
      const shown = (await call('GET', String(path).replace('/v1/', ''))).json<PropertyDeletionDto>();
      expect(shown).toMatchObject({ status: 'running', progress: { step: 'waiting' } });
      expect((await call('GET', `property-deletions/${shown.id}?wait=1`)).json()).toMatchObject({ status: 'running' });
      return `property-deletions/${shown.id}`;
    });
    const deletion = async () => (await call('GET', receipt)).json<PropertyDeletionDto>();
    const { text } = await call('GET', `${receipt}/events`);
    expect(text.match(/^event: \w+$/gm)?.at(-1)).toBe('event: succeeded');
    expect((await deletion()).counts).toMatchObject({ cohorts: 1, cohort_evaluations: 1 });
    const sql = 'SELECT count() AS n FROM member_sets WHERE property = {number:UInt32}';
    expect((await app.get(Engine).rows({ sql, params: { number } })).rows).toEqual([{ n: 0 }]);
  });
});
