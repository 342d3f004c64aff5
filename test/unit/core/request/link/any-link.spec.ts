import * as fc from 'fast-check';
import { Failure } from '../../../../../src/core/failure.js';
import { metric as builtIn, METRIC_IDS, type MetricId } from '../../../../../src/core/metric/catalogue.js';
import type { RawRequest } from '../../../../../src/core/request/raw-request.js';
import { linkedRequest, type LinkedRequest } from '../../../../../src/core/request/link/link-request.js';
import { LINK_PARAMETERS } from '../../../../../src/requests/link/link-parameters.js';
import { plan } from '../planning.js';
import { queryOf } from './link-of.js';

/** More by `NUM_RUNS`. */
const NUM_RUNS = Number(process.env['NUM_RUNS'] ?? 400);
const link = (metric: MetricId, query: Record<string, string>): LinkedRequest =>
  linkedRequest({ cohort: 'january', cohortParameter: 'cohort', metric, query }, builtIn(metric));

const date = fc.integer({ min: 0, max: 20_000 }).map((day) => new Date(day * 86_400_000).toISOString().slice(0, 10));
const span = fc
  .tuple(date, date)
  .filter(([a, b]) => a !== b)
  .map(([a, b]) => (a < b ? { from: a, to: b } : { from: b, to: a }));
const name = fc.oneof(
  fc.constantFrom('edit', 'view', 'a,b', '[x', '"q', '{', 'ä b', '5', 'true'),
  fc.string({ minLength: 1, maxLength: 5 }).filter((text) => !text.includes('\0')),
);
const scalar = fc.oneof(name, fc.integer({ min: -5, max: 5 }), fc.boolean());
const where = fc.oneof(
  fc.record({ property: name, eq: scalar }),
  fc.record({ not: fc.record({ property: name, in: fc.array(scalar, { minLength: 1, maxLength: 3 }) }) }),
);
const event = fc.uniqueArray(name, { minLength: 1, maxLength: 3 });
const length = fc.constantFrom('P1D', 'PT24H', 'P30D', 'P1WT0.5S');
const births = fc.option(fc.oneof(span, fc.record({ from: date }), fc.record({ to: date })), { nil: undefined });
const sinceBirth = fc.record(
  { kind: fc.constant('since_birth'), length, births },
  { requiredKeys: ['kind', 'length'] },
);
const window = fc.oneof(
  sinceBirth,
  fc.tuple(span, births).map(([{ from, to }, born]) => ({ kind: 'fixed', from, to, ...(born && { births: born }) })),
);
const birth = fc.oneof(
  fc.constant({ kind: 'registration' }),
  fc.record({ kind: fc.constant('first_event'), event, where }, { requiredKeys: ['kind'] }),
);
const PARAMS: Readonly<Record<string, fc.Arbitrary<object>>> = {
  value_sum: fc.record({ value: name }),
  distinct_count: fc.record({ property: name }),
  count_by: fc.record(
    { property: name, values: fc.uniqueArray(scalar, { minLength: 1, maxLength: 4, selector: String }) },
    { requiredKeys: ['property'] },
  ),
  event_rate: fc.record({ unit: length, unit_count: fc.integer({ min: 1, max: 9 }) }, { requiredKeys: [] }),
  threshold: fc.record({ n: fc.integer({ min: 1, max: 9 }) }, { requiredKeys: [] }),
  survival: fc.record({ n: fc.integer({ min: 1, max: 9 }), sunset: length }, { requiredKeys: [] }),
  rolling_active: fc.record(
    {
      kind: fc.constantFrom('active', 'new'),
      n: fc.integer({ min: 1, max: 9 }),
      u: length,
      exclude: fc.record({ trait: name, eq: scalar }),
    },
    { requiredKeys: [] },
  ),
  reversal_rate: fc.record(
    {
      object: name,
      content: name,
      look_ahead: fc.integer({ min: 1, max: 9 }),
      ignore_self: fc.boolean(),
    },
    { requiredKeys: ['object', 'content'] },
  ),
  sessions: fc.oneof(
    fc.record({ by: name }),
    fc.record({ max: fc.constantFrom('P2D', 'P30D'), page: fc.record({ event: name }) }, { requiredKeys: [] }),
  ),
  last_value: fc.record(
    { value: name, type: fc.constantFrom('text', 'number', 'boolean'), pick: fc.constantFrom('first', 'max') },
    { requiredKeys: ['value'] },
  ),
  time_to_threshold: fc.record(
    { first: fc.constantFrom('birth', 1, 2), threshold: fc.constantFrom('last', 3, 4), unit: length },
    { requiredKeys: ['threshold'] },
  ),
};
const series = fc.oneof(
  fc.record({ interval: fc.constantFrom('year', 'P365D'), by: fc.constant('event_time') }),
  fc.record(
    { interval: fc.constant('year'), by: fc.constant('birth'), age: length },
    { requiredKeys: ['interval', 'by'] },
  ),
);

/** The windows and the rest of a request that a metric takes. */
function fitting(metric: MetricId, requested: RawRequest): RawRequest {
  const { ofRegistrations, looksBack } = builtIn(metric);
  const { birth: _, window: __, ...rest } = requested;
  if (ofRegistrations) return { ...rest, params: {}, window: { kind: 'fixed', from: '1997-01-01', to: '1998-01-01' } };
  return looksBack ? { ...rest, birth: requested.birth, series: undefined } : requested;
}

const bodies: fc.Arbitrary<RawRequest> = fc.constantFrom(...METRIC_IDS).chain((metric) =>
  fc
    .tuple(
      fc.record({ event, where }, { requiredKeys: [] }),
      PARAMS[metric] ?? fc.constant({}),
      fc.record(
        {
          cohort: fc.constantFrom('january', { all: true }, { user: 'a' }),
          window,
          birth,
          series,
          breakdown: fc.constantFrom(['trait:country'], ['property:a,b']),
          time_zone: fc.constantFrom('Europe/Berlin', 'Asia/Katmandu'),
          week_start: fc.constantFrom('monday', 'sunday'),
          as_of: date,
        },
        { requiredKeys: ['cohort', 'window'] },
      ),
    )
    .map(([common, own, rest]) => fitting(metric, { ...rest, metric, params: { ...common, ...own } })),
);

/** What a body is planned to; of one that is refused, the code. */
function outcome(requested: RawRequest): { readonly hash: string | null; readonly told: unknown } {
  try {
    const planned = plan(requested);
    return { hash: planned.hash, told: planned };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { hash: null, told: [error.code, error.detail] };
  }
}

describe('any request', () => {
  it('is canonical by its link as by its body', () => {
    const planned = new Map<unknown, number>();
    fc.assert(
      fc.property(bodies, fc.boolean(), (requested, isWhole) => {
        const metric = requested.metric as MetricId;
        const { cohort } = requested;
        const query = queryOf(requested, isWhole);
        const { body } = linkedRequest({ cohort, cohortParameter: 'cohort', metric, query }, builtIn(metric));
        const byBody = outcome(requested);
        expect(outcome(body)).toEqual(byBody);
        if (byBody.hash !== null) planned.set(metric, (planned.get(metric) ?? 0) + 1);
      }),
      { numRuns: NUM_RUNS },
    );
    expect([...planned.keys()].sort()).toEqual([...METRIC_IDS].sort());
  });

  it('of any query is refused by its parameters, or planned', () => {
    const known = [...Object.keys(LINK_PARAMETERS), 'event', 'where', 'n', 'value', 'values', 'property', 'x'];
    const text = fc.oneof(name, fc.constantFrom('P1D', '24', '1997-01-01', '1997-01-01/1998-01-01', '{}', '[]', 'day'));
    fc.assert(
      fc.property(fc.constantFrom(...METRIC_IDS), fc.dictionary(fc.constantFrom(...known), text), (metric, query) => {
        let reported: LinkedRequest | undefined;
        try {
          reported = link(metric, query);
          plan(reported.body);
        } catch (error) {
          const failure = reported === undefined ? error : reported.asLinkFailure(error as Failure);
          if (!(failure instanceof Failure)) throw error;
          expect(failure.status).toBe(reported === undefined ? 400 : 422);
          expect(failure.errors.length).toBeGreaterThan(0);
          for (const { parameter } of failure.errors) expect(parameter).toEqual(expect.stringMatching(/./));
        }
      }),
      { numRuns: NUM_RUNS / 2 },
    );
  });
});
