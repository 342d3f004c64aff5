import * as fc from 'fast-check';
import type { ActiveUsersPlan, PlannedPresence } from '../../../src/core/usage/active-users-plan.js';
import { instant, LAST_SEQ, length, selector, STEP_MS } from './arbitrary.js';
import { plannedTraitFilter } from './arbitrary-filter.js';

const presence: fc.Arbitrary<PlannedPresence> = fc.record({
  from: fc.constantFrom(['view'], ['VIEW', 'view']),
  to: fc.constantFrom(['buy'], ['buy', 'never sent']),
  session: fc.constantFrom(null, 'page', 'x'),
  maxMs: length,
});

/** Every so long, with a last one that may come earlier; or anywhere. */
const even = fc
  .record({
    first: instant,
    stepMs: fc.constantFrom(1, STEP_MS, STEP_MS / 2, 7 * STEP_MS),
    count: fc.integer({ min: 1, max: 12 }),
    early: fc.boolean(),
  })
  .map(({ first, stepMs, count, early }) => {
    const all = Array.from({ length: count }, (_, i) => first + i * stepMs);
    return early && stepMs > 1 ? [...all, first + count * stepMs - 1] : all;
  });
const anywhere = fc.uniqueArray(instant, { minLength: 1, maxLength: 12 }).map((all) => all.toSorted((a, b) => a - b));

/** A plan of active users, but for the property. */
export const activeUsersDraft: fc.Arbitrary<Omit<ActiveUsersPlan, 'propertyNumber'>> = fc.record({
  dataVersion: fc.oneof({ weight: 3, arbitrary: fc.constant(LAST_SEQ) }, fc.integer({ min: 0, max: LAST_SEQ })),
  activity: selector,
  windowsMs: fc.uniqueArray(length, { minLength: 1, maxLength: 3 }),
  presence: fc.option(presence, { freq: 3 }),
  excludes: fc.option(plannedTraitFilter, { freq: 2 }),
  instants: fc.oneof(even, anywhere),
});
