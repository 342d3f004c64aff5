import type { RawRequest } from '../../../src/core/request/raw-request.js';
import { RunEvaluator } from '../../../src/stores/clickhouse/run-evaluator.js';
import { RunValuesStore } from '../../../src/stores/clickhouse/run-values-store.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import { planned } from '../../support/golden-cases.js';
import { writeWorld } from '../../support/oracle/engine-world.js';
import type { SentEvent } from '../../support/oracle/world.js';

/**
 * Page A, an edit a minute: who, and the text that was left.
 *  1 ann s0
 *  2 bob s1      undone by cat
 *  3 cat s0      undone by bob: a revert of a revert
 *  4 bob s1      undone by dan
 *  5 dan s0
 *  6 eve s2      taken back by eve herself; that dan brings s0 back in 10 does not count
 *  7 eve s0
 *  8 fay s3      undone by dan in 10, two edits later
 *  9 ann s4      undone by dan in 10
 * 10 dan s0
 */
const PAGE_A = 'ann s0, bob s1, cat s0, bob s1, dan s0, eve s2, eve s0, fay s3, ann s4, dan s0';

/**
 * Page B: ann t0, bob t1, fifteen edits of cat, and dan brings t0 back as the 18th edit. That is the 16th after bob's,
 * so bob's is out of reach. Of cat's the last, the 17th edit, has t0 16 edits before it and so not among the 15; the
 * other 14 are undone.
 */
const PAGE_B = ['ann t0', 'bob t1', ...Array.from({ length: 15 }, (_, i) => `cat c${i}`), 'dan t0'].join(', ');

const MINUTE_MS = 60_000;
const START_MS = Date.parse('2024-01-01T00:00:00Z');

describe('reversals of two pages', () => {
  let test: TestEngine;
  let store: RunValuesStore;
  let evaluator: RunEvaluator;
  let runs = 0;

  beforeAll(async () => {
    test = await startTestEngine();
    store = new RunValuesStore(test.engine);
    evaluator = new RunEvaluator(test.engine);
    const events = [...history('A', PAGE_A), ...history('B', PAGE_B)];
    await writeWorld(test.engine, 1, 'unused', {
      events: events.map((event, position) => Object.assign(event, { position })),
      changes: [],
      members: [],
    });
  });

  afterAll(() => test.stop());

  it('has of each user the reversed edits and all', async () => {
    expect(await ask({})).toEqual({
      ann: '1 of 3',
      bob: '2 of 3',
      cat: '15 of 16',
      dan: '0 of 3',
      eve: '0 of 2',
      fay: '1 of 1',
    });
  });

  it('looks as far ahead, and as far back, as it is told', async () => {
    expect(await ask({ params: { look_ahead: 16 } })).toMatchObject({ bob: '3 of 3', cat: '15 of 16' });
    expect(await ask({ params: { look_back: 16 } })).toMatchObject({ bob: '2 of 3', cat: '16 of 16' });
    // Undone by the very next edit, which brings back the very last text: bob twice and cat on page A, and nobody on
    // page B.
    expect(await ask({ params: { look_ahead: 1, look_back: 1 } })).toEqual({
      ann: '0 of 3',
      bob: '2 of 3',
      cat: '1 of 16',
      dan: '0 of 3',
      eve: '0 of 2',
      fay: '0 of 1',
    });
  });

  it('counts what users take back themselves only where it is asked', async () => {
    expect(await ask({ params: { ignore_self: false } })).toMatchObject({
      eve: '1 of 2',
      bob: '2 of 3',
      cat: '15 of 16',
    });
  });

  it('judges the edits that match, and looks for reversals among all', async () => {
    const params = { where: { property: 'text', in: ['s4', 't1', 'c0'] } };
    expect(await ask({ params })).toEqual({
      ann: '1 of 1',
      bob: '0 of 1',
      cat: '1 of 1',
      dan: '0 of 0',
      eve: '0 of 0',
      fay: '0 of 0',
    });
  });

  it('looks before the window and after it, and not beyond as_of', async () => {
    // From cat's edit on page A, the third, up to fay's, the eighth.
    const window = { kind: 'fixed', from: minute(2), to: minute(8) };
    const params = { event: 'edit of A' };
    const inside = { ann: '0 of 0', bob: '1 of 1', cat: '1 of 1', dan: '0 of 1', eve: '0 of 2', fay: '1 of 1' };
    expect(await ask({ params, window })).toEqual(inside);
    expect(await ask({ params, window, as_of: minute(9) })).toMatchObject({ bob: '1 of 1', fay: '0 of 1' });
  });

  it('judges a cohort by what anybody did', async () => {
    expect(await ask({ cohort: { users: ['fay', 'eve'] } })).toEqual({ eve: '0 of 2', fay: '1 of 1' });
  });

  it('knows no history of events that are not asked for', async () => {
    expect(await ask({ params: { event: 'edit of B' } })).toMatchObject({ ann: '0 of 1', fay: '0 of 0' });
    expect(await ask({ params: { content: 'sha1' } })).toMatchObject({ ann: '0 of 0', cat: '0 of 0' });
  });

  /** Of each user the reversed edits and all that are judged. */
  async function ask(requested: { params?: object } & RawRequest): Promise<Record<string, string>> {
    const body = {
      cohort: { all: true },
      metric: 'reversal_rate',
      window: { kind: 'fixed', from: '2024-01-01', to: '2024-01-02' },
      as_of: '2024-02-01',
      ...requested,
      params: { object: 'page', content: 'text', ...requested.params },
    };
    const { plan, members } = planned(body, 1);
    if (members && plan.cohort.kind === 'members') {
      await writeWorld(test.engine, 1, plan.cohort.setHash, { events: [], changes: [], members });
    }
    const target = { runId: `run_${(runs += 1)}`, attempt: 1 };
    await evaluator.measure(plan, target);
    const rows = await store.page(target, null, 100);
    return Object.fromEntries(rows.map(({ user, numbers }) => [user, `${numbers[1]} of ${numbers[2]}`]));
  }
});

function minute(n: number): string {
  return new Date(START_MS + n * MINUTE_MS).toISOString();
}

function history(page: string, written: string): Omit<SentEvent, 'position'>[] {
  return written.split(', ').map((edit, i) => {
    const [user = '', text = ''] = edit.split(' ');
    return {
      user,
      name: `edit of ${page}`,
      timeMs: START_MS + i * MINUTE_MS,
      clientId: String(i),
      contentHash: 0,
      properties: { page, text },
      seq: 1,
    };
  });
}
