import { canonicalize } from 'json-canonicalize';
import type { EventSelector } from '../event/filter.js';
import type { Warning } from '../warning-codes.js';
import type { WarnedRequest } from './define-metric.js';

/**
 * The warning of a metric that one event at birth already satisfies: the event of birth lies in a window that begins
 * with it, and counts when it passes the metric's own names and filter. Empty where it does not count.
 */
export function degenerateBirthEvent({ params, window, birth, series }: WarnedRequest): readonly Warning[] {
  if (window?.kind !== 'since_birth' || window.offset !== 'PT0S') return [];
  if (birth?.kind !== 'first_event' || !covers(params, birth)) return [];
  const [where, advice] = series?.age
    ? ['at age 0', 'The other ages say what they should. For age 0 ask']
    : ['at birth', 'Ask'];
  const detail = `The event of birth is itself one of the events counted, so with n = 1 every user reaches it ${where}. ${advice} for n = 2, or for other events.`;
  return [{ code: 'degenerate_birth_event', detail }];
}

function covers(wide: EventSelector, narrow: EventSelector): boolean {
  const names = wide.event === null || (narrow.event?.every((name) => wide.event?.includes(name)) ?? false);
  return names && (wide.where === null || canonicalize(wide.where) === canonicalize(narrow.where));
}
