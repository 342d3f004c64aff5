import * as fc from 'fast-check';
import type { PropertyValue, TraitFilter } from '../../../src/core/event/filter.js';
import type { PlannedSelector, TimeBound } from '../../../src/core/event/time-bound.js';
import type { PlannedMetric } from '../../../src/core/metric/catalogue.js';
import type { OpenInterval, PlannedBirth, PlannedWindow } from '../../../src/core/request/run-plan.js';
import { PICKS, VALUE_TYPES } from '../../../src/core/metric/last-value.js';
import { ACTIVITIES } from '../../../src/core/metric/rolling-active.js';
import { plannedFilter, propertyName, plannedTraitFilter, value } from './arbitrary-filter.js';
import type { OraclePlan } from './oracle.js';
import type { SentEvent, UserChange, World } from './world.js';

/** A plan without series and breakdown, but for the property and the member set, which the test gives. */
export type PlanDraft = Omit<OraclePlan, 'propertyNumber' | 'cohort' | 'cells' | 'breakdown'> & {
  readonly isAll: boolean;
};

/** An hour before a year, and so a partition of the engine, ends. */
const ORIGIN_MS = Date.UTC(2023, 11, 31, 23);
export const STEP_MS = 20 * 60_000;
export const LAST_SEQ = 6;

/** Ids that are easily mistaken for one another, mangled or sorted otherwise than by their bytes. */
const user = fc.constantFrom('a', 'A', ' a', 'é', 'e\u0301', '\u{1F600}', '\uFFFD', `q'"\\\t\n`);
const name = fc.constantFrom('view', 'buy', 'VIEW');

/** Instants on a grid, so that many fall together and on bounds, or a millisecond beside it. */
export const instant = fc
  .tuple(fc.integer({ min: 0, max: 6 }), fc.constantFrom(0, 0, 0, 0, 0, 0, 0, 1, -1))
  .map(([step, beside]) => ORIGIN_MS + step * STEP_MS + beside);
export const length = fc.oneof(
  { weight: 8, arbitrary: fc.integer({ min: 1, max: 5 }).map((steps) => steps * STEP_MS) },
  { weight: 1, arbitrary: fc.constant(1) },
  { weight: 1, arbitrary: fc.constantFrom(400 * 86_400_000, 10 ** 15, Number.MAX_SAFE_INTEGER) },
);

/** Few pages and contents, so that these come back. */
const edit = fc.record(
  {
    page: fc.constantFrom<PropertyValue>('p', 'p', 'p', 1, true, 'rue'),
    sha: fc.constantFrom<PropertyValue>('a', 'b', 'c', 1, '1', -0),
  },
  { requiredKeys: ['page'] },
);
const properties = fc
  .tuple(fc.dictionary(propertyName, value, { maxKeys: 3 }), fc.oneof({ weight: 3, arbitrary: edit }, fc.constant({})))
  .map(([some, edited]) => ({ ...some, ...edited }));

const seq = fc.integer({ min: 1, max: LAST_SEQ });
const event = fc.record({
  user,
  name,
  timeMs: instant,
  clientId: fc.constantFrom('', '1'),
  contentHash: fc.constantFrom(0, 0, 0, 7),
  properties,
  seq,
  /** Sent again: the identity is that of an earlier one. */
  repeats: fc.option(fc.nat(), { freq: 3 }),
});
const change = fc.record({
  user,
  registeredMs: fc.oneof({ weight: 4, arbitrary: instant }, fc.constant(null), fc.constant(undefined)),
  traits: fc.dictionary(propertyName, fc.option(value, { freq: 4 }), { maxKeys: 2 }),
  seq,
});

/** Positions are unique in a batch; here they are in all. */
const changes = fc
  .array(change, { maxLength: 16, size: 'max' })
  .map((sent) => sent.map((item, position): UserChange => Object.assign(item, { position })));

const events = fc.array(event, { maxLength: 60, size: 'max' }).map((sent) =>
  sent.map(({ repeats, ...own }, position): SentEvent => {
    const earlier = repeats === null || position === 0 ? own : sent[repeats % position]!;
    const { user, name, timeMs, clientId, contentHash } = earlier;
    return { user, name, timeMs, clientId, contentHash, properties: own.properties, seq: own.seq, position };
  }),
);

export const world: fc.Arbitrary<World> = fc.record({
  events,
  changes,
  members: fc.array(fc.oneof({ weight: 9, arbitrary: user }, fc.constant('never heard of')), {
    maxLength: 12,
    size: 'max',
  }),
});

export const selector: fc.Arbitrary<PlannedSelector> = fc.record({
  event: fc.option(fc.uniqueArray(name, { minLength: 1, maxLength: 2 })),
  where: fc.option(plannedFilter, { freq: 2 }),
});

const unit = fc.constantFrom(1, 7, 1_000, 60_000, 3_600_000, 86_400_000, 3 * 10 ** 15);
const timeToThreshold: fc.Arbitrary<PlannedMetric> = fc
  .record({
    first: fc.option(fc.integer({ min: 1, max: 3 })),
    later: fc.option(fc.integer({ min: 1, max: 3 })),
    unitMs: unit,
  })
  .map(({ first, later, unitMs }) => ({
    kind: 'time_to_threshold',
    first: first ?? 'birth',
    threshold: later === null ? 'last' : (first ?? 0) + later,
    unitMs,
  }));

const rollingActive: fc.Arbitrary<PlannedMetric> = fc.record({
  kind: fc.constant('rolling_active' as const),
  activity: fc.constantFrom(...ACTIVITIES),
  n: fc.integer({ min: 1, max: 2 }),
  uMs: length,
});
const excludes = fc.option<TraitFilter<TimeBound>>(plannedTraitFilter, { freq: 2 });

const reach = fc.oneof(fc.integer({ min: 1, max: 3 }), fc.constantFrom(15, 1_000));
const reversalRate: fc.Arbitrary<PlannedMetric> = fc.record({
  kind: fc.constant('reversal_rate' as const),
  object: fc.oneof({ weight: 5, arbitrary: fc.constant('page') }, propertyName),
  content: fc.oneof({ weight: 5, arbitrary: fc.constant('sha') }, propertyName),
  lookAhead: reach,
  lookBack: reach,
  ignoreSelf: fc.boolean(),
});

const lastValue: fc.Arbitrary<PlannedMetric> = fc.record({
  kind: fc.constant('last_value' as const),
  property: fc.oneof(propertyName, fc.constantFrom('page', 'sha')),
  type: fc.constantFrom(...VALUE_TYPES),
  pick: fc.constantFrom(...PICKS),
});

const sessions: fc.Arbitrary<PlannedMetric> = fc.record({
  kind: fc.constant('sessions' as const),
  by: fc.oneof(
    fc.oneof(propertyName, fc.constantFrom('page', 'sha')),
    fc
      .record({
        gapMs: fc.constantFrom(1, STEP_MS, STEP_MS + 1, 2 * STEP_MS, 10 * STEP_MS),
        more: fc.constantFrom(0, 1, STEP_MS, 3 * STEP_MS, 86_400_000),
      })
      .map(({ gapMs, more }) => ({ gapMs, maxMs: gapMs + more })),
  ),
  page: selector,
});

const metric: fc.Arbitrary<PlannedMetric> = fc.oneof(
  sessions,
  lastValue,
  fc.constant({ kind: 'event_count' as const }),
  propertyName.map((property) => ({ kind: 'value_sum' as const, value: property })),
  fc.integer({ min: 1, max: 4 }).map((n) => ({ kind: 'threshold' as const, n })),
  unit.map((ms) => ({ kind: 'event_rate' as const, periodMs: ms })),
  fc.constant({ kind: 'occurrence' as const }),
  fc.constant({ kind: 'newly_registered' as const }),
  timeToThreshold,
  rollingActive,
  reversalRate,
  fc.record({ kind: fc.constant('survival' as const), n: fc.integer({ min: 1, max: 3 }), hasSunset: fc.boolean() }),
);

const births: fc.Arbitrary<OpenInterval> = fc.record({ fromMs: fc.option(instant), toMs: fc.option(instant) });
const someBirth: fc.Arbitrary<PlannedBirth> = fc.oneof(
  fc.constant({ kind: 'registration' as const }),
  selector.map((of) => ({ kind: 'first_event' as const, ...of })),
);

function windowFor(planned: PlannedMetric): fc.Arbitrary<PlannedWindow> {
  const isEndless = planned.kind === 'survival' && !planned.hasSunset;
  const lengthMs = isEndless ? fc.constant(Infinity) : length;
  const offsetMs = planned.kind === 'threshold' ? fc.constant(0) : fc.oneof(fc.constant(0), length);
  const since = fc.record({ kind: fc.constant('since_birth' as const), offsetMs, lengthMs });
  const fixed = fc
    .tuple(instant, lengthMs)
    .map(([fromMs, ms]) => ({ kind: 'fixed' as const, fromMs, toMs: fromMs + ms }));
  if (planned.kind === 'newly_registered') return fixed;
  return fc.oneof({ weight: 2, arbitrary: since }, { weight: 1, arbitrary: fixed });
}

/** Without a series a metric that looks back from as_of has a window without length, which ends there. */
function atAsOf(planned: PlannedMetric, window: PlannedWindow, asOfMs: number): PlannedWindow {
  return planned.kind === 'rolling_active' ? { kind: 'fixed', fromMs: asOfMs, toMs: asOfMs } : window;
}

export const planDraft: fc.Arbitrary<PlanDraft> = metric.chain((planned) =>
  windowFor(planned).chain((window) => {
    const born = fc.record({ birth: someBirth, births: fc.option(births) });
    const registered = fc.record({
      birth: fc.constant({ kind: 'registration' as const }),
      births: fc.option(births),
    });
    const unborn = fc.constant({ birth: { kind: 'none' as const }, births: null });
    const birthOf = (): typeof born | typeof registered | typeof unborn => {
      switch (planned.kind) {
        case 'newly_registered':
          return registered;
        case 'rolling_active':
          return planned.activity === 'active' ? unborn : someBirth.map((birth) => ({ birth, births: null }));
        default:
          return window.kind === 'fixed' ? fc.oneof(born, unborn) : born;
      }
    };
    return fc
      .record({
        dataVersion: fc.oneof({ weight: 3, arbitrary: fc.constant(LAST_SEQ) }, fc.integer({ min: 0, max: LAST_SEQ })),
        asOfMs: fc.oneof(
          { weight: 3, arbitrary: instant },
          fc.constantFrom(ORIGIN_MS + 10 * 86_400_000, ORIGIN_MS + 10 ** 11),
        ),
        isAll: fc.boolean(),
        selector,
        excludes: planned.kind === 'rolling_active' ? excludes : fc.constant(null),
        birthAndRange: birthOf(),
      })
      .map(({ birthAndRange, ...rest }) =>
        Object.assign(rest, birthAndRange, { metric: planned, window: atAsOf(planned, window, rest.asOfMs) }),
      );
  }),
);
