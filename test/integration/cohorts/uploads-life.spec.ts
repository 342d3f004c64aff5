import { DataSource } from 'typeorm';
import type { CohortDto } from '../../../src/cohorts/cohort.dto.js';
import { CohortUploadEntity, UPLOAD_VALIDATIONS } from '../../../src/cohorts/uploads/cohort-upload.entity.js';
import { UploadRetention } from '../../../src/cohorts/uploads/upload-retention.js';
import { UploadValidationHandler } from '../../../src/cohorts/uploads/upload-validation.handler.js';
import type { UploadDto } from '../../../src/cohorts/uploads/upload.dto.js';
import { JobLeases } from '../../../src/jobs/job-leases.js';
import { JobStore } from '../../../src/jobs/job-store.js';
import { Engine } from '../../../src/stores/clickhouse/engine.js';
import { whileFrozen } from '../../support/frozen-engine.js';
import { send } from '../../support/ingest.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import type { TestResponse } from '../../support/call-http.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';
import { codeOf, finishUpload, postUpload, stagedRows, TEXT, uploaded, uploadsOf } from '../../support/uploads.js';

let stores: TestStores;
let app: TestApp;
let other: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  other = await startTestApp(stores);
  await send(app, 'users', { user: 'ann' }, { user: 'bob' });
});

afterAll(async () => {
  await app?.stop();
  await other?.stop();
  await stores?.stop();
});

const validate = (id: string, query = ''): Promise<TestResponse> =>
  app.call('POST', `/cohort-uploads/${id}/validate?wait=30${query}`);

it('waits by `wait` or by `Prefer`, as requests do', async () => {
  const path = '/cohort-uploads?name=preferred';
  const sent = await app.call('POST', path, 'ann\n', { ...TEXT, prefer: 'wait=30' });
  const { id, status } = sent.json<UploadDto>();
  expect([sent.status, sent.headers['preference-applied'], status]).toEqual([202, 'wait=30', 'validated']);
  const get = await app.call('GET', `/cohort-uploads/${id}?wait=0.5`, undefined, { prefer: 'wait=30' });
  expect([get.status, get.headers['preference-applied']]).toEqual([200, undefined]);
  for (const wait of ['61', '-1', 'long']) {
    const refused = await app.call('GET', `/cohort-uploads/${id}?wait=${wait}`);
    expect(refused.json()).toMatchObject({ code: 'invalid_parameter', errors: [{ parameter: 'wait' }] });
  }
});

describe('a validation', () => {
  it('can be made again, by the users who are known then', async () => {
    const made = await uploaded(app, 'name=again', 'ann\nnew\n');
    const first = await app.call('GET', `/cohort-uploads/${made.id}/rows?limit=1`);
    await send(app, 'users', { user: 'new' });
    const again = (await validate(made.id)).json<UploadDto>();
    expect([made, again].map(({ validation }) => validation?.members)).toEqual([1, 2]);
    expect(again.validation?.data_version).toBe((made.validation?.data_version ?? 0) + 1);
    const next = `/cohort-uploads/${made.id}/rows?cursor=${first.json<{ next_cursor: string }>().next_cursor}`;
    expect(codeOf(await app.call('GET', next))).toEqual([410, 'result_gone']);
    expect((await validate(made.id, '&validate=lenient')).json()).toMatchObject({ validate: 'lenient' });
    await finishUpload(app, made.id, { members: 'all' });
    expect(codeOf(await validate(made.id))).toEqual([409, 'conflict']);
  });

  it('that fails says so, keeps what was found before, and can be tried again', async () => {
    const { id, validation } = await uploaded(app, 'name=fails', 'ann\n');
    const engine = app.get(Engine);
    await engine.execute({ sql: 'RENAME TABLE user_changes TO changes_away', params: {} });
    const failed = await validate(id).finally(() =>
      engine.execute({ sql: 'RENAME TABLE changes_away TO user_changes', params: {} }),
    );
    expect(failed.json()).toMatchObject({ status: 'failed', error: { code: 'internal_error' }, validation });
    expect(codeOf(await finishUpload(app, id, { members: 'all' }))).toEqual([409, 'not_validated']);
    expect((await validate(id)).json()).toMatchObject({ status: 'validated', error: null });
  });

  it('that was taken over writes nothing any more', async () => {
    const { id } = await uploaded(app, 'name=stolen', 'ann\n');
    const { manager } = app.get(DataSource);
    // The sweeper leaves it alone for five seconds, and nobody has a job for it until then.
    const { attempt } = await manager.findOneByOrFail(CohortUploadEntity, { id });
    const again = { state: 'queued', asked: 9, handedBack: attempt, queuedAt: new Date() } as const;
    await manager.update(CohortUploadEntity, { id }, again);
    const store = app.get(JobStore);
    const handler = app.get(UploadValidationHandler);
    const message = { id, generation: 9 };
    const stolen = await store.claim(handler, message);
    expect(await store.claim(handler, message)).toBeNull();
    expect(await app.get(JobLeases).leftMs(UPLOAD_VALIDATIONS, id)).toBeGreaterThan(3000);
    await manager.update(CohortUploadEntity, { id }, { leasedUntil: new Date(0) });
    const owner = await store.claim(handler, message);
    if (stolen === null || owner === null) throw new Error('not claimed');
    expect([stolen.countedAttempts, owner.countedAttempts]).toEqual([1, 2]);
    expect(await store.save(UPLOAD_VALIDATIONS, stolen, { rows_checked: 1 })).toBe(false);
    expect(await store.fail(UPLOAD_VALIDATIONS, stolen, { code: 'x', detail: 'x', retryable: false })).toBe(false);
    expect(await store.claim(handler, { id, generation: 8 })).toBeNull();
    expect(await store.handBack(UPLOAD_VALIDATIONS, owner)).toBe(true);
    await until(async () => (await uploadsOf(app)).find((found) => found.id === id)?.status === 'validated', 20_000);
  });

  it('is waited for, and nothing can be finished before its end', async () => {
    const { sent, id, watched } = await whileFrozen(stores.engine, async () => {
      const posted = app.call('POST', '/cohort-uploads?name=waits', 'ann', TEXT);
      await until(async () => (await uploadsOf(app))[0]?.name === 'waits');
      const [shown] = await uploadsOf(app);
      expect(shown).toMatchObject({ status: 'receiving', validation: null });
      expect(codeOf(await finishUpload(app, shown?.id ?? '', { members: 'all' }))).toEqual([409, 'not_validated']);
      expect(codeOf(await app.call('GET', `/cohort-uploads/${shown?.id}/rows`))).toEqual([409, 'not_validated']);
      const watched = app.call('GET', `/cohort-uploads/${shown?.id}/events`);
      return { sent: posted, id: shown?.id, watched: [watched] };
    });
    const { status, headers } = await sent;
    const { text } = (await watched[0])!;
    const events = text.match(/(?<=^event: )\w+$/gm) ?? [];
    expect(events.at(-1)).toBe('validated');
    expect(new Set([...events, 'receiving', 'queued', 'validating'])).toEqual(
      new Set(['receiving', 'queued', 'validating', 'validated']),
    );
    expect([status, headers['location']]).toEqual([202, expect.stringContaining(`/cohort-uploads/${id}`)]);
    const settled = await app.call('GET', `/cohort-uploads/${id}?wait=30`);
    expect([settled.json<UploadDto>().status, settled.headers['retry-after']]).toEqual(['validated', undefined]);
  });
});

describe('finishing', () => {
  it('is done once, whoever asks at once in whatever process', async () => {
    const { id } = await uploaded(app, 'name=contested', 'ann\nbob\n');
    const requested = [app, other, app, other, app, other].map((on) => finishUpload(on, id, { members: 'all' }));
    const answers = await Promise.all(requested);
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 201]);
    expect(new Set(answers.map((answer) => answer.json<CohortDto>().id)).size).toBe(1);
    expect((await app.call('GET', '/cohorts/contested/versions')).json<{ data: [] }>().data).toHaveLength(1);
  });

  it('of many at once waits for its turn, not for ever', async () => {
    const ids: string[] = [];
    for (let i = 0; i < 12; i += 1) ids.push((await uploaded(app, `name=turn${i}`, `ann, t${i}`)).id);
    const answers = await Promise.all(ids.map((id) => finishUpload(app, id, { members: 'valid' })));
    expect(answers.map(({ status }) => status)).toEqual(ids.map(() => 201));
  });

  it('is refused for a name that was taken meanwhile, and takes another', async () => {
    const { id } = await uploaded(app, 'name=meanwhile', 'ann');
    await app.call('POST', '/cohorts', { name: 'meanwhile', static: { users: ['bob'] } });
    expect(codeOf(await postUpload(app, 'name=meanwhile', 'ann'))).toEqual([409, 'conflict']);
    expect(codeOf(await finishUpload(app, id, { members: 'all' }))).toEqual([409, 'conflict']);
    const another = await finishUpload(app, id, { members: 'all', name: 'another' });
    expect(another.json()).toMatchObject({ name: 'another' });
  });

  it.each([{}, { members: 'some' }, { members: 'all', more: 1 }, [], { members: 'all', name: 'a&b' }])(
    'is refused: %j',
    async (body) => {
      const { id } = await uploaded(app, 'name=refused', 'ann');
      expect((await finishUpload(app, id, body)).status).toBe(422);
      await app.call('DELETE', `/cohort-uploads/${id}`);
    },
  );

  it('is refused where nobody is left', async () => {
    const { id } = await uploaded(app, 'name=nobody', 'zoe\n');
    expect(codeOf(await finishUpload(app, id, { members: 'valid' }))).toEqual([409, 'upload_not_valid']);
  });
});

describe('Idempotency-Key', () => {
  const keyed = (body: string, key: string, on = app, query = 'name=keyed'): Promise<TestResponse> =>
    postUpload(on, query, body, { ...TEXT, 'idempotency-key': key });

  it('makes one upload of the same body, and refuses another', async () => {
    const [first, second] = [await keyed('ann\nbob', 'k1'), await keyed('ann\nbob', 'k1', other)];
    const { id } = first.json<UploadDto>();
    expect([first, second].map((sent) => [sent.status, sent.json<UploadDto>().id])).toEqual([
      [202, id],
      [202, id],
    ]);
    expect([first, second].map(({ headers }) => headers['idempotency-replayed'])).toEqual([undefined, 'true']);
    const reused = [422, 'idempotency_key_reused'];
    expect(codeOf(await keyed('ann\ncem', 'k1'))).toEqual(reused);
    expect(codeOf(await keyed('ann\nbob', 'k1', app, 'name=keyed&validate=lenient'))).toEqual(reused);
    expect(codeOf(await keyed('ann', 'a b'))).toEqual([400, 'invalid_parameter']);
    expect([(await keyed('', 'k2')).status, (await keyed('ann', 'k2')).status]).toEqual([422, 202]);
  });

  it('makes one of many that come at once', async () => {
    const answers = await Promise.all([app, other, app, other].map((on) => keyed('ann\nbob', 'k3', on)));
    const accepted = answers.filter(({ status }) => status === 202).map((answer) => answer.json<UploadDto>().id);
    expect([new Set(accepted).size, accepted.length > 0]).toEqual([1, true]);
    for (const refused of answers.filter(({ status }) => status !== 202)) {
      expect(codeOf(refused)).toEqual([409, 'idempotency_key_in_use']);
    }
  });
});

describe('what is left', () => {
  it('is listed, the newest first, and by status', async () => {
    type List = { data: UploadDto[]; next_cursor: string };
    const page = (await app.call('GET', '/cohort-uploads?limit=2')).json<List>();
    const next = (await app.call('GET', `/cohort-uploads?limit=2&cursor=${page.next_cursor}`)).json<List>();
    const ids = [...page.data, ...next.data].map(({ id }) => id);
    expect(ids).toEqual((await uploadsOf(app)).slice(0, 4).map(({ id }) => id));
    const finished = (await app.call('GET', '/cohort-uploads?status=finished&limit=1000')).json<List>().data;
    expect(finished.length).toBeGreaterThan(2);
    expect(finished.every(({ status, cohort }) => status === 'finished' && cohort !== null)).toBe(true);
  });

  it('goes when it is deleted or expires, or its process has died; cohorts stay', async () => {
    const { manager } = app.get(DataSource);
    const kept = (await uploadsOf(app)).find(({ status }) => status === 'finished');
    for (const { id } of await uploadsOf(app)) await app.call('DELETE', `/cohort-uploads/${id}`);
    expect([await uploadsOf(app), await stagedRows(app)]).toEqual([[], 0]);
    expect((await app.call('GET', `/cohorts/${kept?.cohort?.id}`)).status).toBe(200);
    expect(codeOf(await app.call('DELETE', `/cohort-uploads/${kept?.id}`))).toEqual([404, 'not_found']);

    const expired = await uploaded(app, 'name=expires', 'ann');
    await manager.update(CohortUploadEntity, { id: expired.id }, { expiresAt: new Date(0) });
    const dead = await uploaded(app, 'name=dies', 'ann');
    await manager.update(CohortUploadEntity, { id: dead.id }, { state: 'receiving', instanceId: 'dead' });
    const alive = await uploaded(app, 'name=lives', 'ann');
    await manager.update(CohortUploadEntity, { id: alive.id }, { state: 'receiving' });
    await until(async () => {
      await app.get(UploadRetention).sweep();
      return (await uploadsOf(app)).length === 1;
    }, 20_000);
    expect((await uploadsOf(app)).map(({ id }) => id)).toEqual([alive.id]);
    await until(async () => (await stagedRows(app)) === 3);
  });

  it('is a hundred at the most', async () => {
    const { manager } = app.get(DataSource);
    const one = await manager.findOneByOrFail(CohortUploadEntity, { name: 'lives' });
    const more = Array.from({ length: 99 }, (_, i) => ({ ...one, id: `upl_${i}` }));
    await manager.insert(CohortUploadEntity, more);
    const refused = await postUpload(app, 'name=more', 'ann');
    expect(refused.json()).toMatchObject({ status: 422, code: 'limit_exceeded', limit: 'uploads', value: 100 });
  });
});
