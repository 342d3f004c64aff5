import type { ColumnType } from '../../../src/core/metric/metric.js';
import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import type { EventSelector } from '../../../src/core/event/filter.js';
import type { WindowMetric } from './oracle.js';
import type { Sessions } from './oracle-sessions.js';
import { elapsedMs } from './slices.js';

type Picked = Extract<WindowMetric, { kind: 'last_value' }>;

/** The columns of each metric, in order, and what their values are. */
export const METRIC_COLUMNS: Readonly<Record<string, Readonly<Record<string, ColumnType>>>> = {
  event_count: { count: 'number' },
  value_sum: { net: 'number', absolute: 'number', positive: 'number', negative: 'number', count: 'number' },
  event_rate: { count: 'number', rate: 'number', period: 'number' },
  distinct_count: { count: 'number' },
  count_by: { counts: 'map' },
  threshold: { reached: 'boolean', time_to: 'duration', censored: 'boolean', so_far: 'boolean' },
  time_to_threshold: { duration: 'duration', so_far: 'boolean' },
  survival: { survived: 'boolean', censored: 'boolean', so_far: 'boolean' },
  occurrence: { occurred: 'boolean', count: 'number', first: 'instant', last: 'instant', so_far: 'boolean' },
  reversal_rate: { reversed: 'boolean', reversed_count: 'number', count: 'number', rate: 'number' },
  rolling_active: { active: 'boolean' },
  newly_registered: { registered: 'boolean' },
  sessions: { sessions: 'number', events: 'number', total_time: 'duration', mean_time: 'duration', bounces: 'number' },
  last_value: { value: 'number', at: 'instant', count: 'number', changes: 'number' },
};

export interface OracleColumn {
  readonly name: string;
  readonly type: ColumnType;
}

/** Survival without sunset ends at as_of: there is no so far. */
export function oracleColumns({ metric, params }: Pick<CanonicalRequest, 'metric' | 'params'>): OracleColumn[] {
  const columns = METRIC_COLUMNS[metric];
  if (!columns) throw new Error(`The oracle knows no metric ${metric}`);
  const isEndless = metric === 'survival' && params['sunset'] === null;
  return Object.entries(columns)
    .map(([name, type]) => ({
      name,
      type: metric === 'last_value' && name === 'value' ? (params['type'] as ColumnType) : type,
    }))
    .filter(({ name }) => !(isEndless && name === 'so_far'));
}

/** The metrics of one window that look at nothing but the user's events in it, with their parameters as numbers. */
export function plainMetric({ metric, params, aggregators, time_zone }: CanonicalRequest): WindowMetric {
  switch (metric) {
    case 'event_count':
    case 'occurrence':
    case 'newly_registered':
      return { kind: metric };
    case 'value_sum':
      return { kind: metric, value: String(params['value']) };
    case 'event_rate':
      return { kind: metric, periodMs: elapsedMs(String(params['unit'])) * Number(params['unit_count']) };
    case 'threshold':
      return { kind: metric, n: Number(params['n']) };
    case 'survival':
      return { kind: metric, n: Number(params['n']), hasSunset: sunsetMs(params) !== Infinity };
    case 'time_to_threshold': {
      const first = params['first'] === 'birth' ? 'birth' : Number(params['first']);
      const threshold = params['threshold'] === 'last' ? 'last' : Number(params['threshold']);
      return { kind: metric, first, threshold, unitMs: elapsedMs(String(params['unit'])) };
    }
    case 'distinct_count': {
      const property = String(params['property']);
      const day = { kind: 'day', timeZone: time_zone } as const;
      const of = property === '$day' ? day : ({ kind: 'property', property } as const);
      return { kind: metric, of, keepsSets: aggregators.includes('distinct') };
    }
    case 'last_value':
      return {
        kind: metric,
        property: String(params['value']),
        type: params['type'] as Picked['type'],
        pick: params['pick'] as Picked['pick'],
      };
    case 'count_by': {
      const values = params['values'];
      return {
        kind: metric,
        property: String(params['property']),
        values: Array.isArray(values) ? values.map(String) : null,
      };
    }
    default:
      throw new Error(`${String(metric)} is measured otherwise`);
  }
}

/** How a request cuts sessions, and which events are pages. */
export function sessionsMetric({ params }: Pick<CanonicalRequest, 'params'>): {
  readonly by: Sessions['by'];
  readonly page: EventSelector;
} {
  const { by, gap, max, page } = params;
  const silence = { gapMs: elapsedMs(String(gap)), maxMs: elapsedMs(String(max)) };
  return {
    by: typeof by === 'string' ? by : silence,
    page: (page as EventSelector | null) ?? { event: null, where: null },
  };
}

/** Infinity: without sunset. */
export function sunsetMs(params: CanonicalRequest['params']): number {
  return params['sunset'] === null ? Infinity : elapsedMs(String(params['sunset']));
}
