import type { DefinitionPlan, Membership } from '../../core/cohort/definition-plan.js';
import type { PlannedSelector } from '../../core/event/time-bound.js';

/** Which events a definition has to see. */
export interface EventBounds {
  /** One list of names; none: events of every name. */
  readonly names: readonly (readonly string[])[];
  readonly fromMs: number;
  readonly toMs: number;
}

const EVERY_EVENT: EventBounds = { names: [], fromMs: -Infinity, toMs: Infinity };

/**
 * The events that can make a difference; null: none is looked at. Any event makes a user known; where nobody is in the cohort merely for being known, those that no
 * condition counts can be left out: whom no event is left of is not in it.
 */
export function eventBounds(plan: DefinitionPlan): EventBounds | null {
  const { counts, births } = plan;
  const firstEvents = births.flatMap((birth) => (birth.kind === 'first_event' ? [birth] : []));
  if (mentionsAll(plan.membership) && (plan.lists.length > 0 || holdsOfUnseen(plan.membership))) return EVERY_EVENT;
  if (counts.length === 0 && firstEvents.length === 0) return null;
  const intervals = counts.flatMap(({ within }) => (within.kind === 'interval' ? [within] : []));
  const isOpen = intervals.length < counts.length || firstEvents.length > 0;
  return {
    names: namesOf([...counts.map(({ selector }) => selector), ...firstEvents]),
    fromMs: isOpen ? -Infinity : Math.min(...intervals.map(({ fromMs }) => fromMs)),
    toMs: isOpen ? Infinity : Math.max(...intervals.map(({ toMs }) => toMs)),
  };
}

function namesOf(selectors: readonly PlannedSelector[]): readonly (readonly string[])[] {
  const names = selectors.map(({ event }) => event);
  if (names.includes(null)) return [];
  return [[...new Set(names.flatMap((list) => list ?? []))].sort()];
}

/** Whether the membership asks who is known and registered, which is what `all` means. */
export function mentionsAll(membership: Membership): boolean {
  switch (membership.kind) {
    case 'all':
      return true;
    case 'and':
    case 'or':
      return membership.of.some(mentionsAll);
    case 'not':
      return mentionsAll(membership.of);
    default:
      return false;
  }
}

/** Whether somebody is in the cohort of whom only that he is known is on record. Whoever has registrations or traits is seen without his events. */
function holdsOfUnseen(membership: Membership): boolean {
  switch (membership.kind) {
    case 'all':
      return true;
    case 'member':
    case 'trait':
    case 'born':
      return false;
    case 'count':
      return membership.min === 0;
    case 'and':
      return membership.of.every(holdsOfUnseen);
    case 'or':
      return membership.of.some(holdsOfUnseen);
    case 'not':
      return !holdsOfUnseen(membership.of);
  }
}
