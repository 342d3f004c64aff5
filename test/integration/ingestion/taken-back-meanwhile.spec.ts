import type { CohortDto } from '../../../src/cohorts/cohort.dto.js';
import type { EvaluationDto } from '../../../src/cohorts/cohort-evaluation.dto.js';
import { MemberSetStore } from '../../../src/stores/clickhouse/member-set-store.js';
import { RunEvaluator } from '../../../src/stores/clickhouse/run-evaluator.js';
import { UploadStore } from '../../../src/stores/clickhouse/upload-store.js';
import { ask, countOf } from '../../support/requests.js';
import { runsOf } from '../../support/runs.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { uploaded } from '../../support/uploads.js';

let stores: TestStores;
let app: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  await sendVisit('stays');
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

/** A batch of one event; resolves to its ingest sequence. */
async function sendVisit(user: string): Promise<number> {
  const time = '2020-05-01T00:00:00Z';
  const response = await app.call('POST', '/events', [{ user, event: 'visit', time, id: user }]);
  return response.json<{ ingest_seq: number }>().ingest_seq;
}

/**
 * Takes a batch back as soon as `method`, one of a store, has done its work for the first time. The result stands in
 * for the method, and counts its calls.
 */
function takenBackAfter<Args extends unknown[], Result>(
  method: (...args: Args) => Promise<Result>,
  seq: number,
): { readonly calls: () => number; readonly method: (...args: Args) => Promise<Result> } {
  let calls = 0;
  return {
    calls: () => calls,
    method: async (...args) => {
      const found = await method(...args);
      calls += 1;
      if (calls === 1) expect((await app.call('DELETE', `/batches/${seq}`)).status).toBe(200);
      return found;
    },
  };
}

describe('when a batch is taken back meanwhile', () => {
  it('a run measures anew, at the cost of no attempt', async () => {
    const seq = await sendVisit('of-the-run');
    const evaluator = app.get(RunEvaluator);
    const { calls, method } = takenBackAfter(evaluator.evaluate.bind(evaluator), seq);
    evaluator.evaluate = method;
    const answer = await ask(app, countOf('meanwhile'), '?wait=30');
    expect(answer).toMatchObject({ status: 'succeeded', cohort: { size: 1 }, stale: false });
    expect(answer.data_version).toBeGreaterThan(seq);
    const [run] = await runsOf(app, answer.id);
    expect(run).toMatchObject({ attempt: 2, handedBack: 1 });
    expect(calls()).toBe(2);
  });

  it('an evaluation looks for its members anew', async () => {
    const seq = await sendVisit('of-the-evaluation');
    const rule = { name: 'meanwhile', rule: { did: { event: 'visit' } } };
    expect((await app.call('POST', '/cohorts', rule)).status).toBe(201);
    const store = app.get(MemberSetStore);
    const { calls, method } = takenBackAfter(store.write.bind(store), seq);
    store.write = method;
    const response = await app.call('POST', '/cohorts/meanwhile/evaluations');
    const evaluation = response.json<EvaluationDto>();
    expect(evaluation).toMatchObject({ status: 'succeeded', size: 1 });
    expect(evaluation.data_version).toBeGreaterThan(seq);
    expect(calls()).toBe(2);
    const cohort = (await app.call('GET', '/cohorts/meanwhile')).json<CohortDto>();
    expect(cohort.evaluation).toMatchObject({ size: 1, stale: false });
    const members = (await app.call('GET', '/cohorts/meanwhile/members')).json<{ data: object[] }>();
    expect(members.data).toEqual([{ user: 'stays' }]);
  });

  it('a validation judges its rows anew', async () => {
    const seq = await sendVisit('of-the-upload');
    const store = app.get(UploadStore);
    const { calls, method } = takenBackAfter(store.counts.bind(store), seq);
    store.counts = method;
    const { status, validation } = await uploaded(app, 'name=uploaded', 'stays\nof-the-upload\n');
    expect(status).toBe('validated');
    expect(validation).toMatchObject({ members: 1 });
    expect(validation?.data_version).toBeGreaterThan(seq);
    expect(calls()).toBe(2);
  });
});
