import * as fc from 'fast-check';
import type { Filter } from '../../../src/core/event/filter.js';
import type { TimeBound } from '../../../src/core/event/time-bound.js';
import { compileFilter } from '../../../src/sql/compile-filter.js';
import { ParamList } from '../../../src/sql/compiled-query.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import { plannedFilter as anyFilter, propertyName, value } from '../../support/oracle/arbitrary-filter.js';
import { writeWorld } from '../../support/oracle/engine-world.js';
import { PLANNED_TIMES, passes } from '../../support/oracle/passes.js';
import type { SentEvent } from '../../support/oracle/world.js';

/**
 * Lists of filters, each asked of every event in one query. More by `NUM_RUNS`; a failure prints its seed, to be given
 * as `SEED`.
 */
const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 25);
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const EVENTS = 300;
const FILTERS = 20;

/** Each in a text of its own; several mean something else to patterns. */
const LETTERS = ['%', '_', '\\', "'", 'X', 'x', '\u0301', '\u{1F600}', '.'];

describe('filters on random events', () => {
  let test: TestEngine;
  const random = fc.sample(fc.dictionary(propertyName, value, { maxKeys: 3 }), { numRuns: EVENTS, seed: SEED });
  const events = [...random, ...LETTERS.map((letter) => ({ letters: `q${letter}p` }))].map(sent);

  beforeAll(async () => {
    test = await startTestEngine();
    await writeWorld(test.engine, 1, 'unused', { events, changes: [], members: [] });
  });

  afterAll(() => test.stop());

  it(
    'pass the events that docs/semantics.md says',
    async () => {
      const filters = fc.array(anyFilter, { minLength: FILTERS, maxLength: FILTERS });
      const property = fc.asyncProperty(filters, async (requested) => {
        const expected = requested.map((filter) =>
          events.map(({ properties }) => (passes(filter, properties, PLANNED_TIMES) ? '1' : '0')),
        );
        expect(await answers(requested)).toEqual(expected.map((row) => row.join('')));
      });
      await fc.assert(property, { numRuns: NUM_RUNS, seed: SEED });
    },
    NUM_RUNS * 4_000,
  );

  it('look for every letter as it is written', async () => {
    const requested = LETTERS.map((contains): Filter<TimeBound> => ({ property: 'letters', contains }));
    const found = (await answers(requested)).map((row) => row.slice(EVENTS));
    expect(found).toEqual(LETTERS.map((_, i) => LETTERS.map((_other, other) => (other === i ? '1' : '0')).join('')));
  });

  /** For each filter a text of 1 and 0, an event each. */
  async function answers(filters: readonly Filter<TimeBound>[]): Promise<string[]> {
    const params = new ParamList();
    const columns = filters.map((filter) => `toUInt8(${compileFilter(filter, params)})`);
    const sql = `SELECT [${columns.join(', ')}] AS passed FROM events FINAL WHERE property = 1 ORDER BY position`;
    const { rows } = await test.engine.rows<{ passed: number[] }>({ sql, params: params.values });
    expect(rows).toHaveLength(events.length);
    return filters.map((_, i) => rows.map(({ passed }) => passed[i]).join(''));
  }
});

function sent(properties: SentEvent['properties'], position: number): SentEvent {
  return { user: 'a', name: 'view', timeMs: position, clientId: '', contentHash: 0, properties, seq: 1, position };
}
