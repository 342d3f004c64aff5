import * as fc from 'fast-check';
import type { RawRequest } from '../../../src/core/request/raw-request.js';
import { ASKED_METRICS, anySelector, paramsOf, rulesOf } from './arbitrary-asked-metric.js';
import { text, timesIn } from './arbitrary-asked-window.js';
import { instantOf, season, type Season } from './arbitrary-season.js';
import { LAST_SEQ, worldIn } from './arbitrary-season-world.js';
import { METRIC_COLUMNS } from './request-metric.js';
import type { World } from './world.js';

/** A body of POST /requests with an inline cohort and an `as_of`, valid as it is, and the data version it is to see. */
export interface AskedBody {
  readonly body: RawRequest;
  readonly dataVersion: number;
}

export interface AskedWorld {
  readonly world: World;
  readonly requested: readonly AskedBody[];
}

/** A world and bodies about it. Series, ages, breakdowns and calendar windows are in most of them. */
export function askedWorld(bodies: number): fc.Arbitrary<AskedWorld> {
  return season.chain((at) =>
    worldIn(at).chain((world) =>
      fc.array(bodyIn(at, world), { minLength: bodies, maxLength: bodies }).map((requested) => ({ world, requested })),
    ),
  );
}

function bodyIn(at: Season, world: World): fc.Arbitrary<AskedBody> {
  return fc.constantFrom(...ASKED_METRICS).chain((metric) =>
    fc
      .record({
        params: paramsOf(metric, at.scale),
        times: timesIn(at, rulesOf(metric)),
        birth: birthFor(metric),
        breakdown: breakdownFor(metric),
        aggregators: aggregatorsFor(metric),
        asOfMs: asOf(at),
        isAll: fc.oneof({ weight: 2, arbitrary: fc.constant(true) }, fc.constant(false)),
        dataVersion: fc.oneof({ weight: 6, arbitrary: fc.constant(LAST_SEQ) }, fc.integer({ min: 0, max: LAST_SEQ })),
      })
      .map(({ times, asOfMs, isAll, dataVersion, ...rest }) => ({
        dataVersion,
        body: {
          cohort: isAll ? { all: true } : { users: world.members },
          metric,
          ...rest,
          ...times,
          time_zone: at.timeZone,
          week_start: at.weekStart,
          as_of: text(asOfMs),
        },
      })),
  );
}

function birthFor(metric: string): fc.Arbitrary<object> {
  const registration = fc.constant({ kind: 'registration' });
  const first = anySelector.map((selector) => ({ kind: 'first_event', ...selector }));
  return metric === 'newly_registered' ? registration : fc.oneof(registration, first);
}

function breakdownFor(metric: string): fc.Arbitrary<readonly unknown[]> {
  const names = ['x', 'y', `it's`, 'nowhere', 'sha'];
  const kinds = metric === 'newly_registered' ? ['trait'] : ['trait', 'property'];
  const one = fc.tuple(fc.constantFrom(...kinds), fc.constantFrom(...names)).map(([kind, name]) => [`${kind}:${name}`]);
  const top = fc
    .record({
      kind: fc.constantFrom(...kinds),
      name: fc.constantFrom(...names),
      count: fc.integer({ min: 1, max: 3 }),
      by: fc.constantFrom(...sizesFor(metric)),
      rest: fc.boolean(),
    })
    .map(({ kind, name, count, by, rest }) => [{ [kind]: name, top: count, by, rest }]);
  return fc.oneof(fc.constant([]), one, top);
}

/** Sums of doubles would order groups by their last bit. */
function sizesFor(metric: string): readonly string[] {
  const isWithoutEvents = metric === 'newly_registered' || metric === 'rolling_active';
  const isWithoutWholeSum = ['count_by', 'value_sum', 'time_to_threshold', 'last_value'].includes(metric);
  return ['users', ...(isWithoutEvents ? [] : ['events']), ...(isWithoutWholeSum ? [] : ['value'])];
}

/** Those that fit; a metric with sums leaves the histogram out, whose edges would move with their last bit. */
function aggregatorsFor(metric: string): fc.Arbitrary<readonly unknown[]> {
  const types = new Set(Object.values(METRIC_COLUMNS[metric] ?? {}));
  const ofNumbers = ['mean', 'median', 'min', 'max', 'sum', 'std', 'variance', 'p25', 'p90', 'p99.9'];
  const fitting: unknown[] = [
    ...(types.has('number') || types.has('duration') || types.has('map') ? ofNumbers : []),
    ...(types.has('boolean') ? ['proportion'] : []),
    ...(types.has('instant') ? ['median', 'min', 'max'] : []),
    ...(types.has('map') || (types.has('number') && metric !== 'event_rate') ? ['count_by_value'] : []),
    ...(metric === 'distinct_count' ? ['distinct'] : []),
    ...(metric === 'value_sum' ? [{ weighted_rate: { weight: 'count' } }] : []),
    ...(types.has('number') && metric !== 'value_sum' && metric !== 'sessions' ? [{ histogram: { bins: 3 } }] : []),
  ];
  return fc.subarray([...new Set(fitting)], { minLength: 1 });
}

/** Within the time of the data, or long after it. */
function asOf(at: Season): fc.Arbitrary<number> {
  const lastMs = at.instants.at(-1) ?? 0;
  return fc.oneof(instantOf(at), fc.constantFrom(lastMs + 1, lastMs + 10 * 86_400_000, lastMs + 10 ** 10));
}
