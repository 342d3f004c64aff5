import { metric as builtIn, METRIC_IDS, type MetricId } from '../../../../../src/core/metric/catalogue.js';
import { REQUEST_FIELDS } from '../../../../../src/core/request/raw-request.js';
import { ANCESTOR_NAMES } from '../../../../../src/core/request/link/link-ancestors.js';
import { LINK_FIELDS } from '../../../../../src/core/request/link/link-fields.js';
import { linkedRequest, type LinkedRequest } from '../../../../../src/core/request/link/link-request.js';
import { Failure } from '../../../../../src/core/failure.js';
import { LINK_PARAMETERS } from '../../../../../src/requests/link/link-parameters.js';
import { plan } from '../planning.js';

const link = (metric: MetricId, query: Record<string, string>, cohort: unknown = 'january'): LinkedRequest =>
  linkedRequest({ cohort, cohortParameter: 'cohort', metric, query }, builtIn(metric));

const bodyOf = (metric: MetricId, query: Record<string, string>): object => {
  const { cohort: _, metric: __, ...rest } = link(metric, query).body;
  return rest;
};

/** What a link is refused with, by the translation or by the request that it stands for. */
function refused(
  metric: MetricId,
  query: Record<string, string>,
): { code: string; status: number; parameters: unknown[] } {
  try {
    const { body, asLinkFailure } = link(metric, query);
    try {
      plan(body);
    } catch (error) {
      throw asLinkFailure(error as Failure);
    }
  } catch (error) {
    const { code, status, errors } = error as Failure;
    return { code, status, parameters: errors.map(({ parameter }) => parameter) };
  }
  throw new Error('It was not refused');
}

const REG = { kind: 'since_birth', births: { from: '2013-01-01', to: '2013-02-01' } };

describe('the body of a link', () => {
  it.each<[MetricId, Record<string, string>, object]>([
    ['event_count', {}, {}],
    ['event_count', { window: 'P30D' }, { window: { kind: 'since_birth', length: 'P30D' } }],
    [
      'event_count',
      { window: '1997-01-01/1997-02-01', births: '/1997-02-01' },
      { window: { kind: 'fixed', from: '1997-01-01', to: '1997-02-01', births: { to: '1997-02-01' } } },
    ],
    [
      'event_count',
      { window: 'P30D', 'window.offset': 'P1D', births: '1997-01-01/' },
      { window: { kind: 'since_birth', length: 'P30D', offset: 'P1D', births: { from: '1997-01-01' } } },
    ],
    ['event_count', { 'window.from': '1997-01-01' }, { window: { kind: 'fixed', from: '1997-01-01' } }],
    [
      'event_count',
      { 'window.length': 'P14M', 'window.age': 'calendar' },
      { window: { kind: 'since_birth', length: 'P14M', age: 'calendar' } },
    ],
    ['event_count', { window: '{"kind":"fixed"}' }, { window: { kind: 'fixed' } }],
    ['event_count', { event: 'edit' }, { params: { event: 'edit' } }],
    ['event_count', { event: 'edit,view' }, { params: { event: ['edit', 'view'] } }],
    ['event_count', { event: '["a,b"]' }, { params: { event: ['a,b'] } }],
    ['event_count', { event: '"[a"' }, { params: { event: '[a' } }],
    ['event_count', { where: '{"property":"x","eq":1}' }, { params: { where: { property: 'x', eq: 1 } } }],
    ['threshold', { n: '5', t: 'P7D' }, { params: { n: 5, t: 'P7D' } }],
    ['threshold', { n: 'five' }, { params: { n: 'five' } }],
    ['threshold', { births: '1997-01-01/' }, { window: { kind: 'since_birth', births: { from: '1997-01-01' } } }],
    ['value_sum', { value: '5' }, { params: { value: '5' } }],
    ['time_to_threshold', { first: 'birth', threshold: '2' }, { params: { first: 'birth', threshold: 2 } }],
    ['time_to_threshold', { threshold: 'last' }, { params: { threshold: 'last' } }],
    ['count_by', { property: 'ns', values: '0,-1' }, { params: { property: 'ns', values: ['0', '-1'] } }],
    ['count_by', { values: '["a,b",1]' }, { params: { values: ['a,b', 1] } }],
    ['event_count', { birth: 'registration' }, { birth: { kind: 'registration' } }],
    ['event_count', { 'birth.event': 'buy' }, { birth: { kind: 'first_event', event: ['buy'] } }],
    [
      'event_count',
      { birth: 'first_event', 'birth.where': '{"property":"x","eq":1}' },
      { birth: { kind: 'first_event', where: { property: 'x', eq: 1 } } },
    ],
    ['event_count', { aggregators: 'mean,p90' }, { aggregators: ['mean', 'p90'] }],
    [
      'event_count',
      { aggregators: '["mean",{"histogram":{"bins":20}}]' },
      { aggregators: ['mean', { histogram: { bins: 20 } }] },
    ],
    [
      'event_count',
      { series: 'month', window: '1997-01-01/1998-01-01', breakdown: 'trait:country' },
      {
        series: { interval: 'month', by: 'event_time' },
        window: { kind: 'fixed', from: '1997-01-01', to: '1998-01-01' },
        breakdown: ['trait:country'],
      },
    ],
    [
      'event_count',
      { series: 'month', age: 'P1M', window: 'P12M', 'window.age': 'calendar', births: '1997-01-01/1998-01-01' },
      {
        series: { interval: 'month', by: 'birth', age: 'P1M' },
        window: {
          kind: 'since_birth',
          length: 'P12M',
          age: 'calendar',
          births: { from: '1997-01-01', to: '1998-01-01' },
        },
      },
    ],
    ['event_count', { series: 'day', 'series.by': 'birth' }, { series: { interval: 'day', by: 'birth' } }],
    ['event_count', { series: '{"interval":"day"}' }, { series: { interval: 'day' } }],
    [
      'event_count',
      { time_zone: 'Europe/Berlin', week_start: 'sunday', as_of: '2020-01-01', cache: 'refresh', min_seq: '7' },
      { time_zone: 'Europe/Berlin', week_start: 'sunday', as_of: '2020-01-01', cache: 'refresh', min_seq: 7 },
    ],
    // The plus of an offset is a space in a query.
    ['event_count', { as_of: '2020-01-01T00:00:00 01:00' }, { as_of: '2020-01-01T00:00:00+01:00' }],
  ])('of %s with %j', (metric, query, body) => {
    expect(bodyOf(metric, query)).toEqual(body);
  });

  it('has the cohort and the metric of the path', () => {
    expect(link('survival', {}, { user: 'a/b' }).body).toEqual({ cohort: { user: 'a/b' }, metric: 'survival' });
  });

  it.each<[string, MetricId, Record<string, string>, object]>([
    [
      'each user is measured for t hours, of those registered from start to end',
      'event_count',
      { start: '2013-01-01', end: '2013-02-01', t: '48' },
      { window: { ...REG, length: 'PT48H' } },
    ],
    [
      'for a day where t is not given',
      'event_count',
      { group: 'reg', start: '2013-01-01', end: '2013-02-01' },
      { window: { ...REG, length: 'PT24H' }, birth: { kind: 'registration' } },
    ],
    [
      't alone is the length of a window since birth',
      'event_count',
      { t: '48' },
      { window: { kind: 'since_birth', length: 'PT48H' } },
    ],
    [
      'a metric with a t of its own has its own default',
      'threshold',
      { start: '2013-01-01', end: '2013-02-01', n: '5' },
      { params: { n: 5 }, window: REG },
    ],
    ['t of such a metric may be hours', 'survival', { t: '72' }, { params: { t: 'PT72H' } }],
    ['t may be a duration', 'event_count', { t: 'P7D' }, { window: { kind: 'since_birth', length: 'P7D' } }],
    [
      'births may be open',
      'event_count',
      { start: '2013-01-01' },
      { window: { kind: 'since_birth', births: { from: '2013-01-01' }, length: 'PT24H' } },
    ],
    [
      'activity is one window for all',
      'event_count',
      { group: 'activity', start: '20130101000000', end: '2013-02-01' },
      { window: { kind: 'fixed', from: '2013-01-01T00:00:00Z', to: '2013-02-01' } },
    ],
    [
      'a series of registrations, by days of 24 hours',
      'threshold',
      { start: '2013-01-01', end: '2013-02-01', time_series: '', aggregator: 'proportion' },
      { window: REG, series: { interval: 'PT24H', by: 'birth' }, aggregators: ['proportion'] },
    ],
    [
      'a series of activity, in slices',
      'event_count',
      { group: 'activity', start: '2013-01-01', end: '2013-02-01', time_series: 'true', slice: '12' },
      {
        window: { kind: 'fixed', from: '2013-01-01', to: '2013-02-01' },
        series: { interval: 'PT12H', by: 'event_time' },
      },
    ],
    [
      'a slice may be any interval',
      'event_count',
      { time_series: 'true', slice: 'month' },
      { series: { interval: 'month', by: 'birth' } },
    ],
    ['an average is a mean', 'occurrence', { aggregator: 'average' }, { aggregators: ['mean'] }],
    [
      'a distribution',
      'event_count',
      { aggregator: 'dist' },
      { aggregators: ['sum', 'mean', 'std', 'median', 'min', 'max'] },
    ],
    ['statistics', 'event_count', { aggregator: 'stats' }, { aggregators: ['sum', 'mean'] }],
    ['others keep their names', 'event_count', { aggregator: 'sum' }, { aggregators: ['sum'] }],
  ])('of the ancestor: %s', (_, metric, query, body) => {
    expect(bodyOf(metric, query)).toEqual(body);
  });
});

describe('a link that is wrong', () => {
  it.each<[MetricId, Record<string, string>, string[]]>([
    ['event_count', { foo: '1' }, ['foo']],
    ['event_count', { n: '1' }, ['n']],
    ['event_count', { constructor: '1' }, ['constructor']],
    ['threshold', { n: '' }, ['n']],
    ['event_count', { series: '' }, ['series']],
    ['event_count', { where: 'x=1' }, ['where']],
    ['event_count', { event: '[1' }, ['event']],
    ['event_count', { window: '{' }, ['window']],
    ['event_count', { window: '1997-01-01/' }, ['window']],
    ['event_count', { births: '1997-01-01' }, ['births']],
    ['event_count', { births: '/' }, ['births']],
    ['event_count', { births: '1/2/3' }, ['births']],
    ['event_count', { window: 'P1D', 'window.length': 'P2D' }, ['window.length', 'window']],
    ['event_count', { window: '{"kind":"fixed"}', 'window.from': '1997-01-01' }, ['window.from', 'window']],
    ['event_count', { 'window.from': '1997-01-01', window: '{"kind":"fixed"}' }, ['window', 'window.from']],
    ['event_count', { window: 'P1D', group: 'reg' }, ['group', 'window']],
    ['event_count', { births: '1997-01-01/', start: '1997-01-01' }, ['start', 'births']],
    ['event_count', { window: 'P1D', t: '24' }, ['t', 'window']],
    ['event_count', { birth: 'first_event', group: 'reg' }, ['group', 'birth']],
    ['event_count', { aggregator: 'mean', aggregators: 'mean' }, ['aggregators', 'aggregator']],
    ['event_count', { series: 'day', age: 'P1D', 'series.age': 'P1D' }, ['series.age', 'age']],
    ['event_count', { series: 'day', time_series: 'true' }, ['time_series', 'series']],
    ['event_count', { slice: '24' }, ['slice']],
    ['event_count', { time_series: 'false' }, ['time_series']],
    ['event_count', { group: 'input' }, ['group']],
    ['event_count', { group: 'activity', start: '1997-01-01' }, ['end']],
    ['event_count', { group: 'activity', end: '1997-01-01' }, ['start']],
    ['event_count', { group: 'activity', start: '1997-01-01', end: '1998-01-01', t: '24' }, ['t', 'group']],
    ['event_count', { foo: '1', births: 'x', slice: '1' }, ['foo', 'births', 'slice']],
    ['event_count', { t: '1.5' }, ['t']],
    ['threshold', { n: '1', t: '.5' }, ['t']],
  ])('is 400 by its parameter: %s %j', (metric, query, parameters) => {
    expect(refused(metric, query)).toEqual({ code: 'invalid_parameter', status: 400, parameters });
  });

  it.each<[MetricId, Record<string, string>, string, string[]]>([
    ['event_count', {}, 'invalid_window', ['window']],
    ['event_count', { window: 'P1M' }, 'invalid_time', ['window']],
    ['event_count', { window: 'P1D', births: '1997-01-01/1996-01-01' }, 'invalid_window', ['births', 'births']],
    ['event_count', { 'window.from': '1997-01-01' }, 'invalid_window', ['window']],
    ['event_count', { t: '0' }, 'invalid_window', ['t']],
    ['event_count', { start: 'yesterday', t: '9'.repeat(20) }, 'invalid_time', ['t', 'start']],
    ['threshold', { n: '1.5', t: '-1' }, 'invalid_field', ['n', 't']],
    ['threshold', { t: 'P1D', 'window.length': 'P2D' }, 'invalid_window', ['t', 'window.length']],
    ['event_count', { window: 'P1D', event: '["",""]' }, 'invalid_field', ['event', 'event']],
    ['event_count', { window: 'P1D', where: '{"property":"x","is":1}' }, 'unknown_field', ['where']],
    ['event_count', { window: 'P1D', 'birth.event': 'a', birth: 'registration' }, 'unknown_field', ['birth.event']],
    ['event_count', { window: 'P1D', aggregators: 'mean,mode' }, 'invalid_field', ['aggregators']],
    ['event_count', { window: 'P1D', aggregator: 'proportion' }, 'aggregator_not_applicable', ['aggregator']],
    ['event_count', { window: 'P1D', time_zone: 'CET+1', cache: 'no' }, 'invalid_field', ['time_zone', 'cache']],
    ['event_count', { window: 'P1D', as_of: '3000-01-01' }, 'invalid_time', ['as_of']],
    ['newly_registered', { start: '2013-01-01', end: '2013-02-01' }, 'invalid_window', ['start']],
  ])('is 422 as its request, by its parameter: %s %j', (metric, query, code, parameters) => {
    expect(refused(metric, query)).toEqual({ code, status: 422, parameters });
  });

  it('is 404 for a cohort that there is not', () => {
    const { asLinkFailure } = link('event_count', {});
    const unknown = new Failure('unknown_cohort', 'None.', [{ pointer: '/cohort', detail: 'None.' }]);
    expect(asLinkFailure(unknown)).toMatchObject({
      code: 'not_found',
      status: 404,
      errors: [{ pointer: '/cohort', parameter: 'cohort' }],
    });
  });

  it('says what was meant and what there is', () => {
    expect(() => link('threshold', { aggregator: 'mean', agregators: 'x' })).toThrow(
      /"agregators" is not a known parameter\. Did you mean "aggregators?"\? threshold has `event`, `where`, `n`, `t`; every link takes `window`/,
    );
  });
});

describe('the parameters of links', () => {
  it('say every field of a request', () => {
    const fields = new Set(Object.keys(LINK_FIELDS).map((name) => name.split('.')[0]));
    const ofPath = ['cohort', 'metric', 'params'];
    expect(REQUEST_FIELDS.filter((field) => !fields.has(field) && !ofPath.includes(field))).toEqual([]);
  });

  it('are documented, all of them', () => {
    expect(Object.keys(LINK_PARAMETERS).sort()).toEqual(
      [...Object.keys(LINK_FIELDS), ...ANCESTOR_NAMES, 'wait'].sort(),
    );
  });

  it('share no name with a parameter of a metric, but for t', () => {
    const ofMetrics = METRIC_IDS.flatMap((id) => Object.keys(builtIn(id).parameters));
    expect(Object.keys(LINK_PARAMETERS).filter((name) => ofMetrics.includes(name))).toEqual(['t']);
  });
});
