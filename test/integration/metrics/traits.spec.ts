import * as fc from 'fast-check';
import { traitNames, type TraitFilter } from '../../../src/core/event/filter.js';
import type { TimeBound } from '../../../src/core/event/time-bound.js';
import {
  CHANGE_VERSION,
  compileTraitFilter,
  traitFacts,
  traitGroup,
  traitMeasures,
} from '../../../src/sql/fact-columns.js';
import { ParamList } from '../../../src/sql/compiled-query.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import { propertyName, plannedTraitFilter, value } from '../../support/oracle/arbitrary-filter.js';
import { writeWorld } from '../../support/oracle/engine-world.js';
import { PLANNED_TIMES } from '../../support/oracle/passes.js';
import { currentTraits, passesTraits, traitCode } from '../../support/oracle/oracle-traits.js';
import type { UserChange } from '../../support/oracle/world.js';

const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 10);
const SEED = Number(process.env['SEED'] ?? Date.now() % 2 ** 31);
const USERS = 100;
const FILTERS = 20;
const DATA_VERSION = 3;

const change = fc.record({
  user: fc.integer({ min: 0, max: USERS - 1 }).map((n) => `u${String(n).padStart(3, '0')}`),
  traits: fc.dictionary(propertyName, fc.option(value, { freq: 3 }), { maxKeys: 3 }),
  seq: fc.integer({ min: 1, max: DATA_VERSION + 1 }),
});

describe('traits of random users', () => {
  let test: TestEngine;
  const changes = fc
    .sample(change, { numRuns: 4 * USERS, seed: SEED })
    .map((sent, position): UserChange => Object.assign({}, sent, { position }));
  const seen = changes.filter(({ seq }) => seq <= DATA_VERSION);
  const users = [...new Set(seen.map(({ user }) => user))].sort();

  beforeAll(async () => {
    test = await startTestEngine();
    await writeWorld(test.engine, 1, 'unused', { events: [], changes, members: [] });
  });

  afterAll(() => test.stop());

  it(
    'are the fold of the changes up to the data version, and pass the filters that docs/semantics.md says',
    async () => {
      const filters = fc.array(plannedTraitFilter, { minLength: FILTERS, maxLength: FILTERS });
      const property = fc.asyncProperty(filters, async (requested) => {
        const names = [...new Set(requested.flatMap((of) => traitNames(of)))].sort();
        const expected = users.map((user) => {
          const traits = currentTraits(user, seen);
          return {
            user,
            passed: requested.map((filter) => Number(passesTraits(filter, traits, PLANNED_TIMES))),
            codes: names.map((name) => traitCode(name, traits)),
          };
        });
        expect(await answers(requested, names)).toEqual(expected);
      });
      await fc.assert(property, { numRuns: NUM_RUNS, seed: SEED });
    },
    NUM_RUNS * 5_000,
  );

  async function answers(filters: readonly TraitFilter<TimeBound>[], names: readonly string[]): Promise<object[]> {
    const params = new ParamList();
    const columns = [...traitFacts(names, params), CHANGE_VERSION].map(({ name, change: of }) => `${of} AS ${name}`);
    const passed = filters.map((filter) => `toUInt8(${compileTraitFilter(filter, names, params)})`);
    const codes = names.map((name) => traitGroup(name, names));
    const sql = `SELECT user_id AS user, [${passed.join(', ')}] AS passed, CAST([${codes.join(', ')}], 'Array(String)') AS codes
    FROM (
        SELECT ${['user_id', ...traitMeasures(names)].join(', ')}
        FROM (SELECT user_id, ${columns.join(', ')} FROM user_changes WHERE property = 1 AND seq <= ${DATA_VERSION})
        GROUP BY user_id
    )
    ORDER BY user`;
    return (await test.engine.rows<object>({ sql, params: params.values })).rows;
  }
});
