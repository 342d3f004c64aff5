import { canonicalize } from 'json-canonicalize';
import { metric } from '../metric/catalogue.js';
import type { EventSelector } from '../event/filter.js';
import type { CanonicalRequest } from './canonical-request.js';
import type { Warning } from '../warning-codes.js';

/** Warnings that a request earns by itself, whatever the data say. */
export function requestWarnings(canonical: CanonicalRequest): readonly Warning[] {
  return isReachedByBirth(canonical) ? [degenerate(canonical)] : [];
}

function degenerate({ series }: CanonicalRequest): Warning {
  const [where, advice] = series?.age
    ? ['at age 0', 'The other ages say what they should. For age 0 ask']
    : ['at birth', 'Ask'];
  const detail = `The event of birth is itself one of the events counted, so with n = 1 every user reaches it ${where}. ${advice} for n = 2, or for other events.`;
  return { code: 'degenerate_birth_event', detail };
}

/** The event of birth lies in a window that begins with it, and counts when it passes the metric's own names and filter. */
function isReachedByBirth({ metric: id, params, window, birth }: CanonicalRequest): boolean {
  if (metric(id).isReachedAtBirth?.(params) !== true) return false;
  if (window?.kind !== 'since_birth' || window.offset !== 'PT0S') return false;
  return birth?.kind === 'first_event' && covers(params, birth);
}

function covers(wide: EventSelector, narrow: EventSelector): boolean {
  const names = wide.event === null || (narrow.event?.every((name) => wide.event?.includes(name)) ?? false);
  return names && (wide.where === null || canonicalize(wide.where) === canonicalize(narrow.where));
}
