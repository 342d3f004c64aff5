import * as fc from 'fast-check';
import { isMetricId } from '../../../src/core/metric/catalogue.js';
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
const where = filter.map((requested) => {
  const text = JSON.stringify(requested, (_key, value: unknown) =>
    Number.isInteger(value) && !Number.isSafeInteger(value)
      ? Math.sign(Number(value)) * Number.MAX_SAFE_INTEGER
      : value,
  );
  return JSON.parse(text) as object;
});

const someNames = fc.oneof(name, fc.uniqueArray(name, { minLength: 1, maxLength: 2 }));
/** Mostly all events, so that something is counted. */
const selector: fc.Arbitrary<Readonly<Record<string, unknown>>> = fc.oneof(
  { weight: 3, arbitrary: fc.constant({}) },
  { weight: 2, arbitrary: someNames.map((event) => ({ event })) },
  { weight: 1, arbitrary: where.map((only) => ({ where: only })) },
  { weight: 1, arbitrary: fc.record({ event: someNames, where }) },
);

const timeToThreshold = fc
  .record({ first: fc.option(amount), later: fc.option(amount), unit })
  .map(({ first, later, unit: requested }) => ({
    first: first ?? 'birth',
    threshold: later === null ? 'last' : (first ?? 0) + later,
    unit: requested,
  }));

const SUNSETS: Readonly<Record<Scale, readonly (string | null)[]>> = {
  hours: [null, 'PT30M', 'PT2H', 'P400D'],
  days: [null, 'P1D', 'PT30H', 'P400D'],
  months: [null, 'P1D', 'P31D', 'P400D'],
};

const SILENCES: Readonly<Record<Scale, readonly string[]>> = {
  hours: ['PT30M', 'PT1H', 'PT2H'],
  days: ['P1D', 'PT36H', 'P2D'],
  months: ['P7D', 'P30D', 'P31D'],
};

/** Pages are not told by a time that moves. */
function timeless(page: object): object {
  return JSON.stringify(page).includes('"last"') ? {} : page;
}

const PERIODS: Readonly<Record<Scale, readonly string[]>> = {
  hours: ['PT30M', 'PT3H'],
  days: ['P1D', 'PT36H'],
  months: ['P7D', 'P30D'],
};

const few = fc.integer({ min: 1, max: 4 });

function rollingActive(periods: readonly string[]): fc.Arbitrary<object> {
  return fc.record(
    {
      kind: fc.constantFrom('active', 'new', 'surviving_new', 'recurring_old', 'reactivated'),
      n: fc.integer({ min: 1, max: 2 }),
      u: fc.constantFrom(...periods),
      exclude: where.map(onTraits),
    },
    { requiredKeys: ['kind', 'n', 'u'] },
  );
}

/** The same filter on traits of the same names. */
function onTraits(requested: object): object {
  return JSON.parse(JSON.stringify(requested).replaceAll('{"property":', '{"trait":')) as object;
}

/** Only pages are changed back and forth. */
function mostly(name: string): fc.Arbitrary<string> {
  return fc.oneof({ weight: 4, arbitrary: fc.constant(name) }, property);
}

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
  sessions: (scale) =>
    fc
      .tuple(
        fc.oneof(
          mostly('page').map((by): object => ({ by })),
          fc
            .tuple(fc.constantFrom(...SILENCES[scale]), fc.option(fc.constant('P400D')))
            .map(([gap, max]): object => ({ gap, max: max ?? gap })),
        ),
        fc.option(selector),
      )
      .map(([cut, page]) => ({ ...cut, page: page && timeless(page) })),
  last_value: () =>
    fc.record({
      value: fc.oneof(property, fc.constantFrom('page', 'sha')),
      type: fc.constantFrom('number', 'text', 'boolean'),
      pick: fc.constantFrom('last', 'first', 'max', 'min'),
    }),
  rolling_active: (scale) => rollingActive(PERIODS[scale]),
  reversal_rate: () =>
    fc.record({
      object: mostly('page'),
      content: mostly('sha'),
      look_ahead: few,
      look_back: few,
      ignore_self: fc.boolean(),
    }),
};
export const ASKED_METRICS: readonly string[] = Object.keys(PARAMS).filter(isMetricId);

export function paramsOf(metric: string, scale: Scale): fc.Arbitrary<Readonly<Record<string, unknown>>> {
  const own = PARAMS[metric];
  if (!own) throw new Error(`There is no metric ${metric}`);
  if (metric === 'newly_registered') return fc.constant({});
  return fc.tuple(selector, own(scale)).map(([common, rest]) => Object.assign({}, common, rest));
}

export function rulesOf(metric: string): WindowRules {
  return {
    noOffset: metric === 'survival',
    mayBeNothing: metric === 'survival',
    onlyFixed: metric === 'newly_registered',
    looksBack: metric === 'rolling_active',
  };
}

/** Any name or list of names, and a filter: also of a first event. */
export { selector as anySelector };
