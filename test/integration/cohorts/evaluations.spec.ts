import type { EvaluationDto } from '../../../src/cohorts/cohort-evaluation.dto.js';
import type { CohortDto } from '../../../src/cohorts/cohort.dto.js';
import { Engine } from '../../../src/stores/clickhouse/engine.js';
import { memberSetHash } from '../../support/member-set-hash.js';
import { whileFrozen } from '../../support/frozen-engine.js';
import { send } from '../../support/ingest.js';
import { errorOf } from '../../support/requests.js';
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

async function evaluate(cohort: string, query = '', on = app): Promise<EvaluationDto> {
  const response = await on.call('POST', `/cohorts/${cohort}/evaluations${query}`);
  if (response.status !== 201) throw new Error(response.text);
  return response.json();
}

const shown = async (cohort: string): Promise<CohortDto> => (await app.call('GET', `/cohorts/${cohort}`)).json();

async function members(cohort: string, query = ''): Promise<string[]> {
  const response = await app.call('GET', `/cohorts/${cohort}/members${query}`);
  if (response.status !== 200) throw new Error(response.text);
  return response.json<{ data: { user: string }[] }>().data.map(({ user }) => user);
}

describe('an evaluation', () => {
  it('keeps who is in a rule, and says by which data', async () => {
    await make('repeaters', { rule: buys(2) });
    const before = await app.call('GET', '/cohorts/repeaters/members');
    expect([before.status, before.json<{ code: string }>().code]).toEqual([409, 'not_evaluated']);
    expect(await shown('repeaters')).toMatchObject({ kind: 'rule', size: null, evaluation: null });

    const response = await app.call('POST', '/cohorts/repeaters/evaluations');
    const evaluation = response.json<EvaluationDto>();
    expect(response.headers['location']).toMatch(/\/cohorts\/repeaters\/evaluations\/eval_\w+$/);
    expect(evaluation).toMatchObject({ status: 'succeeded', version: 1, size: 2, error: null, data_version: 1 });
    expect(evaluation.rows_read).toBeGreaterThan(0);
    expect(await members('repeaters')).toEqual(['ann', 'bob']);
    const last = { id: evaluation.id, size: 2, as_of: evaluation.as_of, data_version: 1, stale: false };
    expect(await shown('repeaters')).toMatchObject({ size: 2, evaluation: last });
    const found = await app.call('GET', `/cohorts/repeaters/evaluations/${evaluation.id}`);
    expect(found.json()).toEqual(evaluation);
  });

  it('is of the data there were: a later one sees more, and the history keeps both', async () => {
    await make('late', { rule: { did: { event: 'late' } } });
    const first = await evaluate('late');
    await send(app, 'events', { user: 'cem', event: 'late', time: '2020-02-01T00:00:00Z' });
    expect(await members('late')).toEqual([]);
    expect((await shown('late')).evaluation).toMatchObject({ size: 0, stale: true });
    const second = await evaluate('late');
    expect((await shown('late')).evaluation).toMatchObject({ size: 1, stale: false });
    expect([first.size, second.size, await members('late')]).toEqual([0, 1, ['cem']]);
    const list = (await app.call('GET', '/cohorts/late/evaluations')).json<{ data: EvaluationDto[] }>();
    expect(list.data.map(({ id }) => id)).toEqual([second.id, first.id]);
  });

  it('becomes a list of its own, which stays as it is', async () => {
    await make('passing', { rule: { did: { event: 'seen once' } } });
    const seen = (user: string): object => ({ user, event: 'seen once', time: '2020-03-01T00:00:00Z' });
    await send(app, 'events', seen('ann'), seen('é'));
    const { id: evaluation } = await evaluate('passing');
    await send(app, 'events', seen('late'));
    const frozen = await make('frozen', { static: { evaluation } });
    expect(frozen).toMatchObject({ kind: 'static', size: 2, hash: memberSetHash(['ann', 'é']).hash });
    await evaluate('passing');
    expect([await members('passing'), await members('frozen')]).toEqual([
      ['ann', 'late', 'é'],
      ['ann', 'é'],
    ]);
    await app.call('DELETE', '/cohorts/passing');
    expect(await members('frozen')).toEqual(['ann', 'é']);
    const refused = [
      await app.call('POST', '/cohorts', { name: 'too late', static: { evaluation } }),
      await app.call('POST', '/cohorts', { name: 'no such', static: { evaluation: 'eval_x' } }),
      await app.call('PUT', '/cohorts/frozen', { name: 'frozen', static: { evaluation: 7 } }),
      await app.call('POST', '/cohorts/preview', { static: { evaluation } }),
      await app.call('POST', '/cohorts', { name: 'both', static: { evaluation, users: [] } }),
    ];
    expect(refused.map(({ status }) => status)).toEqual([422, 422, 422, 422, 422]);
    expect(refused.map((answer) => errorOf(answer).errors?.[0]?.pointer)).toEqual(
      refused.map(() => '/static/evaluation'),
    );
  });

  it('that fails says so, and the last good one stays', async () => {
    await make('base', { rule: buys(1) });
    await make('fragile', { set: { and: ['base', { rule: buys(2) }] } });
    await evaluate('fragile');
    // The engine's table is not there while this one is evaluated.
    const engine = app.get(Engine);
    await engine.execute({ sql: 'RENAME TABLE events TO events_away', params: {} });
    const failed = await evaluate('fragile').finally(() =>
      engine.execute({ sql: 'RENAME TABLE events_away TO events', params: {} }),
    );
    expect(failed).toMatchObject({ status: 'failed', size: null, error: { code: 'internal_error', retryable: true } });
    expect(await members('fragile')).toEqual(['ann', 'bob']);
    expect((await shown('fragile')).size).toBe(2);
  });

  it('is refused for what cannot be evaluated any more, and for a list', async () => {
    await make('gone', { rule: buys(1) });
    await make('orphan', { set: { and: ['gone', { rule: buys(2) }] } });
    expect((await app.call('DELETE', '/cohorts/gone?force=true')).status).toBe(204);
    const response = await app.call('POST', '/cohorts/orphan/evaluations');
    expect([response.status, response.json<{ code: string }>().code]).toEqual([422, 'unknown_cohort']);
    await make('list', { static: { users: ['ann'] } });
    expect((await app.call('POST', '/cohorts/list/evaluations')).status).toBe(422);
    expect((await app.call('POST', '/cohorts/nothing/evaluations')).status).toBe(404);
    expect((await app.call('GET', '/cohorts/list/evaluations/eval_x')).status).toBe(404);
    expect((await app.call('POST', '/cohorts/orphan/evaluations?wait=61')).status).toBe(400);
  });

  it('waits by `Prefer` too', async () => {
    await make('preferred', { rule: buys(1) });
    const made = await app.call('POST', '/cohorts/preferred/evaluations', undefined, { prefer: 'wait=30' });
    expect([made.status, made.headers['preference-applied']]).toEqual([201, 'wait=30']);
    expect(made.json()).toMatchObject({ status: 'succeeded' });
  });

  it('is one for those who ask at once, in two processes', async () => {
    await make('contested', { rule: buys(1) });
    const ids = await whileFrozen(stores.engine, async () => {
      const requested = [app, other, app, other].map((on) => evaluate('contested', '?wait=0', on));
      const answers = await Promise.all(requested);
      for (const { status } of answers) expect(['queued', 'running']).toContain(status);
      return answers.map(({ id }) => id);
    });
    expect(new Set(ids).size).toBe(1);
    await until(async () => (await shown('contested')).size === 3);
    expect(await members('contested')).toEqual(['ann', 'bob', 'cem']);
  });

  it('is stale once the property has another time zone, whose days are other ones', async () => {
    await send(app, 'users', { user: 'ann', traits: { renewed: '2020-02-01' } });
    await make('renewed', { rule: { trait: 'renewed', before: '2020-02-01T00:30:00Z' } });
    await make('buyers of any zone', { rule: buys(1) });
    const stale = async (): Promise<unknown[]> => {
      const cohorts = await Promise.all(['renewed', 'buyers of any zone'].map((name) => shown(name)));
      return cohorts.map(({ evaluation }) => evaluation?.stale);
    };
    const evaluateBoth = async (): Promise<void> => {
      for (const name of ['renewed', 'buyers of any zone']) await evaluate(name);
    };
    const move = async (time_zone: string): Promise<void> =>
      expect((await app.call('PATCH', '', { time_zone })).status).toBe(200);
    await evaluateBoth();
    expect(await members('renewed')).toEqual(['ann']);
    // The zone of an evaluation is not kept with it: one whose rule compares dates is never called fresh.
    expect(await stale()).toEqual([true, false]);
    await move('America/New_York');
    try {
      expect(await stale()).toEqual([true, true]);
      await evaluateBoth();
      expect(await members('renewed')).toEqual([]);
      expect(await stale()).toEqual([true, false]);
    } finally {
      await move('UTC');
    }
  });

  it('keeps the members of the last three, and a cursor into an older list is refused', async () => {
    await make('paged', { rule: buys(1) });
    await evaluate('paged');
    const first = (await app.call('GET', '/cohorts/paged/members?limit=1')).json<{ next_cursor: string }>();
    for (let i = 0; i < 2; i += 1) await evaluate('paged');
    const next = `/cohorts/paged/members?limit=1&cursor=${first.next_cursor}`;
    expect((await app.call('GET', next)).json()).toMatchObject({ data: [{ user: 'bob' }] });
    await evaluate('paged');
    await until(async () => (await app.call('GET', next)).status === 400);
    const list = (await app.call('GET', '/cohorts/paged/evaluations?limit=2')).json<{ next_cursor: string }>();
    const rest = (await app.call('GET', `/cohorts/paged/evaluations?cursor=${list.next_cursor}`)).json<{ data: [] }>();
    expect(rest.data).toHaveLength(2);
  });
});
