import { canonicalize } from 'json-canonicalize';
import type { EventSelector } from '../event/filter.js';
import type { CanonicalRequest } from './canonical-request.js';
import type { Warning } from '../warning-codes.js';

/** Warnings that a request earns by itself, whatever the data say. */
export function requestWarnings(canonical: CanonicalRequest): readonly Warning[] {
  return isReachedByBirth(canonical) ? [DEGENERATE_BIRTH_EVENT] : [];
}

const DEGENERATE_BIRTH_EVENT: Warning = {
  code: 'degenerate_birth_event',
  detail:
    'The event of birth is itself one of the events counted, so with n = 1 every user reaches the threshold at birth. Ask for n = 2, or for other events.',
};

/** The event of birth lies in [birth, birth + t), so it counts when it passes the metric's own names and filter. */
function isReachedByBirth({ metric, params, window, birth }: CanonicalRequest): boolean {
  if (metric !== 'threshold' || params['n'] !== 1) return false;
  return window?.kind === 'since_birth' && birth?.kind === 'first_event' && covers(params, birth);
}

function covers(wide: EventSelector, narrow: EventSelector): boolean {
  const names = wide.event === null || (narrow.event?.every((name) => wide.event?.includes(name)) ?? false);
  return names && (wide.where === null || canonicalize(wide.where) === canonicalize(narrow.where));
}
