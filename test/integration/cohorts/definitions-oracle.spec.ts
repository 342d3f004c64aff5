import * as fc from 'fast-check';
import { asSetHash } from '../../../src/core/ids.js';
import type { NamedLeaf, CanonicalCohort, CanonicalLeaf } from '../../../src/core/cohort/definition.js';
import { withLeaves } from '../../../src/core/cohort/normal-set.js';
import { parseCohort } from '../../../src/core/cohort/parse-cohort.js';
import { planDefinition } from '../../../src/core/cohort/plan-definition.js';
import { MemberSetStore } from '../../../src/stores/clickhouse/member-set-store.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import { cohort, setOfLists, type AskedJson } from '../../support/oracle/arbitrary-cohort.js';
import { cohortWorld, writeCohortWorld } from '../../support/oracle/cohort-world.js';
import { oracleCohort, type Seen } from '../../support/oracle/oracle-cohort.js';

/**
 * Worlds, each with `COHORTS_PER_WORLD` cohorts. More by `NUM_RUNS`; a failure prints its seed, to be given as `SEED`.
 */
const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 8);
const SEED = process.env['SEED'] === undefined ? undefined : Number(process.env['SEED']);
const COHORTS_PER_WORLD = 10;
const MS_PER_WORLD = 5_000;

const ORIGIN_MS = Date.UTC(2023, 11, 31, 23);
const seen: fc.Arbitrary<Seen> = fc.record({
  dataVersion: fc.oneof({ weight: 3, arbitrary: fc.constant(6) }, fc.integer({ min: 0, max: 6 })),
  asOfMs: fc.oneof(
    { weight: 2, arbitrary: fc.constant(ORIGIN_MS + 10 ** 9) },
    fc.integer({ min: 0, max: 6 }).map((step) => ORIGIN_MS + step * 20 * 60_000),
  ),
});

describe('rules and sets on random worlds', () => {
  let test: TestEngine;
  let store: MemberSetStore;
  let lists: MemberSetStore;
  let propertyNumber = 0;

  beforeAll(async () => {
    test = await startTestEngine();
    store = new MemberSetStore(test.engine);
    lists = new MemberSetStore(test.engine);
    // What was sent twice stays in two parts.
    await test.engine.execute({ sql: 'SYSTEM STOP MERGES events', params: {} });
  });

  afterAll(() => test.stop());

  it(
    'hold the users that docs/semantics.md says',
    async () => {
      const cohorts = fc.array(fc.tuple(fc.oneof({ weight: 3, arbitrary: cohort }, setOfLists), seen), {
        minLength: COHORTS_PER_WORLD,
        maxLength: COHORTS_PER_WORLD,
      });
      const property = fc.asyncProperty(fc.tuple(cohortWorld, cohorts), async ([world, requested]) => {
        propertyNumber += 1;
        await writeCohortWorld(test.engine, propertyNumber, world);
        for (const [i, [json, of]] of requested.entries()) {
          const found = await members(json, of, i);
          expect([json, of, found]).toEqual([json, of, oracleCohort(world, json, of)]);
        }
      });
      await fc.assert(property, {
        numRuns: NUM_RUNS,
        ...(SEED === undefined ? {} : { seed: SEED }),
        interruptAfterTimeLimit: NUM_RUNS * MS_PER_WORLD * 0.8,
        markInterruptAsFailure: true,
      });
    },
    NUM_RUNS * MS_PER_WORLD,
  );

  /** By both ways: written down and listed, and counted by a preview; members of lists are read by both ways, too. */
  async function members(json: AskedJson, of: Seen, i: number): Promise<string[]> {
    const list = `eval_${propertyNumber}_${i}`;
    const plan = planDefinition(canonical(json), { asOfMs: of.asOfMs, timeZone: 'UTC' });
    const scope = { propertyNumber, ...of, ...(i % 2 === 1 && { isGathered: true }) };
    const written = await store.write(plan, scope, list, {});
    const found = await lists.page(propertyNumber, list, null, 100);
    const preview = await store.preview(plan, scope);
    expect([written.size, preview.size]).toEqual([found.length, found.length]);
    expect(found).toEqual(expect.arrayContaining([...preview.sample]));
    expect(preview.sample).toHaveLength(Math.min(10, found.length));
    return found;
  }
});

function canonical(json: AskedJson): CanonicalCohort {
  const requested = parseCohort(JSON.parse(JSON.stringify(json)), '/cohort', 'UTC');
  return withLeaves<NamedLeaf, CanonicalLeaf>(requested, (leaf) => {
    if ('all' in leaf) return leaf;
    if ('named' in leaf) return { members: asSetHash(leaf.named) };
    throw new Error('The worlds have no inline lists');
  });
}
