import type { components } from '@muster/client';
import type { RequestBody } from './request-body.js';

type SeriesEvent = Pick<components['schemas']['SchemaEvent'], 'name' | 'first_seen' | 'last_seen'>;

const DAY_MS = 86_400_000;

/**
 * A question that the data of a property can answer: how often each user of a cohort did the
 * most frequent, over all of its time.
 */
export function firstBody(events: readonly SeriesEvent[], cohort: unknown): RequestBody {
  const [most] = events;
  if (most === undefined) {
    return { cohort, metric: 'event_count', window: { kind: 'since_birth', length: 'P30D' } };
  }
  const from = dayOf(Date.parse(most.first_seen));
  const to = dayOf(Date.parse(most.last_seen) + DAY_MS);
  return {
    cohort,
    metric: 'event_count',
    params: { event: most.name },
    window: { kind: 'fixed', from, to },
    series: { interval: intervalFor((Date.parse(to) - Date.parse(from)) / DAY_MS), by: 'event_time' },
    aggregators: ['sum', 'mean', 'median', { histogram: { bins: 20 } }],
  };
}

/** Slices of which there are some ten to some ninety. */
function intervalFor(days: number): string {
  if (days <= 3) return 'hour';
  if (days <= 92) return 'day';
  return days <= 3 * 366 ? 'month' : 'year';
}

function dayOf(ms: number): string {
  return new Date(ms).toISOString().slice(0, 10);
}
