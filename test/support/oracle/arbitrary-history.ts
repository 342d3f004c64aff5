import * as fc from 'fast-check';
import type { PropertyValue, TraitFilter } from '../../../src/core/event/filter.js';
import type { PlannedSelector, TimeBound } from '../../../src/core/event/time-bound.js';
import type { PlannedMetric } from '../../../src/core/metric/catalogue.js';
import { ACTIVITIES } from '../../../src/core/metric/rolling-active.js';
import type { PlannedBirth, PlannedWindow } from '../../../src/core/request/run-plan.js';
import type { PlanDraft } from './arbitrary.js';
import { plannedTraitFilter, value } from './arbitrary-filter.js';
import type { SentEvent, UserChange, World } from './world.js';

const ORIGIN_MS = Date.UTC(2024, 1, 28);
const STEP_MS = 3_600_000;
const STEPS = 40;
const USERS = ['a', 'A', 'é', '\u{1F600}', '\uFFFD', 'b'];

const user = fc.constantFrom(...USERS);
const instant = fc.integer({ min: 0, max: STEPS }).map((step) => ORIGIN_MS + step * STEP_MS);

/** Few pages and contents, so that contents come back; many edits at one time. */
const edit = fc.record({
  user,
  name: fc.constantFrom('edit', 'edit', 'edit', 'move'),
  timeMs: instant,
  clientId: fc.constantFrom('', '1', '2'),
  contentHash: fc.nat(3),
  properties: fc.record(
    {
      page: fc.oneof({ weight: 4, arbitrary: fc.constant('p') }, fc.constantFrom<PropertyValue>(1, '1'), fc.nat(20)),
      sha: fc.constantFrom<PropertyValue>('a', 'b', 'c', 0, -0, '0', true, 'rue'),
      x: fc.integer({ min: 0, max: 2 }),
    },
    { requiredKeys: ['page', 'x'] },
  ),
  seq: fc.integer({ min: 1, max: 3 }),
});

/** Every user registered but one, and with traits. */
const changes = fc
  .array(
    fc.record({
      user,
      registeredMs: instant,
      traits: fc.dictionary(fc.constantFrom('x', 'y'), value),
      seq: fc.constant(1),
    }),
    { minLength: 4, maxLength: 20 },
  )
  .map((sent) => sent.map((change, position): UserChange => Object.assign(change, { position })));

export const busyWorld: fc.Arbitrary<World> = fc.record({
  events: fc
    .array(edit, { minLength: 60, maxLength: 200, size: 'max' })
    .map((sent) => sent.map((event, position): SentEvent => Object.assign(event, { position }))),
  changes,
  members: fc.subarray([...USERS, 'never heard of'], { minLength: 1 }),
});

const common = {
  dataVersion: fc.constantFrom(3, 3, 2),
  isAll: fc.boolean(),
  births: fc.constant(null),
  excludes: fc.constant(null),
};
const asOfMs = fc.integer({ min: STEPS / 2, max: STEPS + 2 }).map((step) => ORIGIN_MS + step * STEP_MS);
const edits = { event: ['edit'], where: null };
const reach = fc.oneof(fc.integer({ min: 1, max: 4 }), fc.constantFrom(15, 1_000));

export const reversalDraft: fc.Arbitrary<PlanDraft> = fc.record({
  ...common,
  asOfMs,
  selector: fc.oneof<fc.Arbitrary<PlannedSelector>[]>(
    fc.constant(edits),
    fc.constant({ event: null, where: null }),
    fc.constant({ event: ['edit', 'move'], where: { property: 'x', gte: 1 } }),
  ),
  metric: fc.record<Extract<PlannedMetric, { kind: 'reversal_rate' }>>({
    kind: fc.constant('reversal_rate'),
    object: fc.constant('page'),
    content: fc.constant('sha'),
    lookAhead: reach,
    lookBack: reach,
    ignoreSelf: fc.boolean(),
  }),
  birth: fc.constantFrom<PlannedBirth>({ kind: 'registration' }, { kind: 'first_event', ...edits }),
  window: fc.oneof(
    fc.record<Extract<PlannedWindow, { kind: 'since_birth' }>>({
      kind: fc.constant('since_birth'),
      offsetMs: fc.constantFrom(0, STEP_MS),
      lengthMs: fc.constantFrom(5 * STEP_MS, 400 * STEP_MS),
    }),
    fc
      .tuple(instant, fc.constantFrom(10 * STEP_MS, 400 * STEP_MS))
      .map(([fromMs, ms]): PlannedWindow => ({ kind: 'fixed', fromMs, toMs: fromMs + ms })),
  ),
});

export const rollingDraft: fc.Arbitrary<PlanDraft> = asOfMs.chain((endMs) =>
  fc.constantFrom(...ACTIVITIES).chain((activity) =>
    fc.record({
      ...common,
      asOfMs: fc.constant(endMs),
      selector: fc.constant(edits),
      metric: fc.record<Extract<PlannedMetric, { kind: 'rolling_active' }>>({
        kind: fc.constant('rolling_active'),
        activity: fc.constant(activity),
        n: fc.integer({ min: 1, max: 3 }),
        uMs: fc.integer({ min: 3, max: 12 }).map((steps) => steps * STEP_MS),
      }),
      excludes: fc.option<TraitFilter<TimeBound>>(plannedTraitFilter, { freq: 1 }),
      birth:
        activity === 'active'
          ? fc.constant<PlannedBirth>({ kind: 'none' })
          : fc.constantFrom<PlannedBirth>({ kind: 'registration' }, { kind: 'first_event', ...edits }),
      window: fc.constant<PlannedWindow>({ kind: 'fixed', fromMs: endMs, toMs: endMs }),
    }),
  ),
);
