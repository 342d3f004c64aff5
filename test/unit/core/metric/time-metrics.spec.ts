import { metric as builtIn, columnsOf, type MetricId } from '../../../../src/core/metric/catalogue.js';
import { parseParams } from '../../../../src/core/metric/parse-params.js';
import { planRun } from '../../../../src/core/request/plan-run.js';
import { readsOf } from '../../../../src/core/request/freshness.js';
import type { RawRequest } from '../../../../src/core/request/raw-request.js';
import { refusal } from '../failing.js';
import { canonicalOf, plan } from '../request/planning.js';

const parse = (id: MetricId, value: unknown): unknown => parseParams(builtIn(id), value, '/params');
const units = (changes: RawRequest): unknown[] => columnsOf(canonicalOf(changes)).map(({ unit }) => unit);
const START = { propertyNumber: 1, dataVersion: 1, asOfMs: 0 };

describe('parameters of rates and times', () => {
  it('have the documented defaults', () => {
    const any = { event: null, where: null };
    expect(parse('event_rate', {})).toEqual({ ...any, unit: 'PT1H', unit_count: 1 });
    expect(parse('time_to_threshold', {})).toEqual({ ...any, first: 'birth', threshold: 1, unit: 'PT1S' });
    expect(parse('occurrence', {})).toEqual(any);
    expect(parse('newly_registered', {})).toEqual(any);
  });

  it('are kept as they are when parsed again', () => {
    const requested = { event: 'edit', first: 2, threshold: 'last', unit: 'PT60M' };
    const params = parse('time_to_threshold', requested);
    expect(params).toEqual({ event: ['edit'], where: null, first: 2, threshold: 'last', unit: 'PT1H' });
    expect(parse('time_to_threshold', params)).toEqual(params);
    expect(parse('newly_registered', parse('newly_registered', {}))).toEqual({ event: null, where: null });
  });

  it.each<[MetricId, unknown, string, string]>([
    ['event_rate', { unit: 'P1M' }, 'invalid_time', '/params/unit'],
    ['event_rate', { unit: 'PT0S' }, 'invalid_time', '/params/unit'],
    ['event_rate', { unit: 1 }, 'invalid_field', '/params/unit'],
    ['event_rate', { unit: 'day' }, 'invalid_time', '/params/unit'],
    ['event_rate', { unit_count: 0 }, 'invalid_field', '/params/unit_count'],
    ['event_rate', { unit_count: 1.5 }, 'invalid_field', '/params/unit_count'],
    ['event_rate', { unit_count: '2' }, 'invalid_field', '/params/unit_count'],
    ['event_rate', { unit_count: 1_000_001 }, 'invalid_field', '/params/unit_count'],
    ['event_rate', { time_unit: 1 }, 'unknown_field', '/params/time_unit'],
    ['time_to_threshold', { first: 0 }, 'invalid_field', '/params/first'],
    ['time_to_threshold', { first: 'last' }, 'invalid_field', '/params/first'],
    ['time_to_threshold', { first: 1.5, threshold: 4 }, 'invalid_field', '/params/first'],
    ['time_to_threshold', { threshold: 'birth' }, 'invalid_field', '/params/threshold'],
    ['time_to_threshold', { threshold: -1 }, 'invalid_field', '/params/threshold'],
    ['time_to_threshold', { threshold: true }, 'invalid_field', '/params/threshold'],
    ['time_to_threshold', { first: 2, threshold: 2 }, 'invalid_field', '/params/threshold'],
    ['time_to_threshold', { first: 3, threshold: 1 }, 'invalid_field', '/params/threshold'],
    ['time_to_threshold', { first: 1 }, 'invalid_field', '/params/threshold'],
    ['time_to_threshold', { unit: 'P1Y' }, 'invalid_time', '/params/unit'],
    ['occurrence', { n: 1 }, 'unknown_field', '/params/n'],
    ['newly_registered', { event: 'edit' }, 'unknown_field', '/params/event'],
    ['newly_registered', { where: { property: 'a', eq: 1 } }, 'unknown_field', '/params/where'],
  ])('of %s are refused: %j', (id, value, code, pointer) => {
    expect(refusal(() => parse(id, value))).toMatchObject({ code, status: 422, pointers: [pointer] });
  });

  it('are refused with what is right', () => {
    expect(refusal(() => parse('time_to_threshold', { first: 3, threshold: 2 })).detail).toBe(
      '`threshold` comes after `first`: give 4 or more, or "last", not 2.',
    );
    expect(refusal(() => parse('newly_registered', { n: 1 })).detail).not.toContain('``');
  });
});

describe('the columns of a request', () => {
  it('are in the units that it asks for', () => {
    expect(units({ metric: 'event_rate' })).toEqual(['event', 'event/hour', 'hour']);
    expect(units({ metric: 'event_rate', params: { unit: 'P1D', unit_count: 7 } })).toEqual([
      'event',
      'event/week',
      'week',
    ]);
    expect(units({ metric: 'event_rate', params: { unit: 'PT30M', unit_count: 3 } })).toEqual([
      'event',
      'event/PT1H30M',
      'PT1H30M',
    ]);
    expect(units({ metric: 'time_to_threshold' })).toEqual(['second']);
    expect(units({ metric: 'time_to_threshold', params: { unit: 'PT60S' } })).toEqual(['minute']);
  });

  it('are those of the catalogue otherwise', () => {
    expect(columnsOf(canonicalOf({ metric: 'threshold', window: null }))).toBe(builtIn('threshold').columns);
  });
});

describe('newly_registered', () => {
  const requested = { metric: 'newly_registered', window: { kind: 'fixed', from: '2024-01-01', to: '2024-02-01' } };

  it('has its birth by registration, births given or not', () => {
    const canonical = canonicalOf(requested);
    expect(canonical.birth).toEqual({ kind: 'registration' });
    expect(planRun(canonical, START).birth).toEqual({ kind: 'registration' });
  });

  it('reads registrations and no events of known users', () => {
    expect(readsOf(canonicalOf(requested), { unknownUsers: false })).toMatchObject({
      eventDays: null,
      registrationDays: { fromDay: null, toDay: null },
    });
  });

  it('takes a fixed window and no other birth', () => {
    const since = { ...requested, window: { kind: 'since_birth', length: 'P1D' } };
    expect(refusal(() => plan({ cohort: 'january', ...since }))).toMatchObject({
      code: 'invalid_window',
      pointers: ['/window/kind'],
    });
    const birth = { kind: 'first_event', event: 'edit' };
    expect(refusal(() => plan({ cohort: 'january', ...requested, birth }))).toMatchObject({
      code: 'invalid_field',
      pointers: ['/birth/kind'],
    });
  });
});
