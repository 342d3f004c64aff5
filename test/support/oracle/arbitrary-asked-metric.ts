import * as fc from 'fast-check';
import { filter } from './arbitrary-filter.js';
import type { WindowRules } from './arbitrary-asked-window.js';
import type { Scale } from './arbitrary-season.js';
import { EVENT_NAMES } from './arbitrary-season-world.js';

export interface AskedMetric {
  readonly metric: string;
  readonly params: Readonly<Record<string, unknown>>;
}

const property = fc.constantFrom('x', 'y', `it's`, 'nowhere');
const amount = fc.integer({ min: 1, max: 3 });
const unit = fc.constantFrom('PT1S', 'PT1M', 'PT1H', 'P1D', 'PT0.007S', 'P1000D');
const name = fc.constantFrom(...EVENT_NAMES);

/** As a body may write it: whole numbers that other readers of JSON would round are refused. */
const where = filter.map((asked) => {
  const text = JSON.stringify(asked, (_key, value: unknown) =>
    Number.isInteger(value) && !Number.isSafeInteger(value)
      ? Math.sign(Number(value)) * Number.MAX_SAFE_INTEGER
      : value,
  );
  return JSON.parse(text) as object;
});

const selector = fc.record(
  { event: fc.oneof(name, fc.uniqueArray(name, { minLength: 1, maxLength: 2 })), where },
  { requiredKeys: [] },
);

const timeToThreshold = fc
  .record({ first: fc.option(amount), later: fc.option(amount), unit })
  .map(({ first, later, unit: asked }) => ({
    first: first ?? 'birth',
    threshold: later === null ? 'last' : (first ?? 0) + later,
    unit: asked,
  }));

const SUNSETS: Readonly<Record<Scale, readonly (string | null)[]>> = {
  hours: [null, 'PT30M', 'PT2H', 'P400D'],
  days: [null, 'P1D', 'PT30H', 'P400D'],
  months: [null, 'P1D', 'P31D', 'P400D'],
};

/** By metric, what it takes beside `event` and `where`. */
const PARAMS: Readonly<Record<string, (scale: Scale) => fc.Arbitrary<object>>> = {
  event_count: () => fc.constant({}),
  value_sum: () => property.map((value) => ({ value })),
  event_rate: () => fc.record({ unit, unit_count: amount }),
  distinct_count: () => fc.oneof(property, fc.constant('$day')).map((counted) => ({ property: counted })),
  count_by: () =>
    fc.record({
      property,
      values: fc.option(fc.uniqueArray(fc.constantFrom('1', 'true', '0.1', '', -2.5), { minLength: 1 })),
    }),
  threshold: () => amount.map((n) => ({ n })),
  time_to_threshold: () => timeToThreshold,
  survival: (scale) => fc.record({ n: amount, sunset: fc.constantFrom(...SUNSETS[scale]) }),
  occurrence: () => fc.constant({}),
  newly_registered: () => fc.constant({}),
};
export const ASKED_METRICS: readonly string[] = Object.keys(PARAMS);

export function paramsOf(metric: string, scale: Scale): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const own = PARAMS[metric];
  if (!own) throw new Error(`There is no metric ${metric}`);
  if (metric === 'newly_registered') return fc.constant({});
  return fc.tuple(selector, own(scale)).map(([common, rest]) => Object.assign({}, common, rest));
}

export function rulesOf(metric: string): WindowRules {
  return { noOffset: metric === 'threshold' || metric === 'survival', onlyFixed: metric === 'newly_registered' };
}

/** Any name or list of names, and a filter: also of a first event. */
export { selector as anySelector };
