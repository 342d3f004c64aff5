import type { Filter, TraitFilter } from '../event/filter.js';
import { comparesTimes, movesWithAsOf } from '../event/time-bound.js';
import type { OpenInterval } from '../request/run-plan.js';
import { parseDuration } from '../time/duration.js';
import {
  isRule,
  isSet,
  type CanonicalCohort,
  type Rule,
  type RuleBirth,
  type RuleInterval,
  type Within,
} from './definition.js';
import { operandsOf } from './normal-set.js';

/** What tells who is in a cohort, in the terms of docs/semantics.md#freshness. */
export interface CohortReads {
  /** Instants of events, and of registrations, that can make a difference. One for each condition. */
  readonly events: readonly OpenInterval[];
  readonly registrations: readonly OpenInterval[];
  /** Who is known counts: `all`, or a rule over it. */
  readonly everybody: boolean;
  readonly traits: boolean;
  /** The definition moves with as_of. */
  readonly relative: boolean;
  /** The definition compares texts with times, so that dates are days of a time zone. */
  readonly zoned: boolean;
}

const NOTHING: CohortReads = {
  events: [],
  registrations: [],
  everybody: false,
  traits: false,
  relative: false,
  zoned: false,
};
const ANY: OpenInterval = { fromMs: null, toMs: null };

/** `asOfMs`: as the request gives it; null: it gives none, and a later answer looks further. */
export function cohortReads(cohort: CanonicalCohort, asOfMs: number | null): CohortReads {
  if (isRule(cohort)) return together([ruleReads(cohort.rule, asOfMs), cohortReads(cohort.universe, asOfMs)]);
  if (isSet(cohort)) return together(operandsOf(cohort.set).map((one) => cohortReads(one, asOfMs)));
  return 'all' in cohort ? { ...NOTHING, everybody: true } : NOTHING;
}

function ruleReads(rule: Rule, asOfMs: number | null): CohortReads {
  if ('and' in rule) return together(rule.and.map((one) => ruleReads(one, asOfMs)));
  if ('or' in rule) return together(rule.or.map((one) => ruleReads(one, asOfMs)));
  if ('not' in rule) return ruleReads(rule.not, asOfMs);
  if ('did' in rule) return together([withinReads(rule.did.within, asOfMs), filterReads(rule.did.where)]);
  if ('born' in rule) return birthReads(rule.born.birth, intervalOf(rule.born));
  return together([{ ...NOTHING, traits: true }, filterReads(rule)]);
}

function withinReads(within: Within | null, asOfMs: number | null): CohortReads {
  if (within === null) return { ...NOTHING, events: [ANY] };
  if ('since_birth' in within)
    return together([{ ...NOTHING, events: [ANY] }, birthReads(within.since_birth.birth, ANY)]);
  if (!('last' in within)) return { ...NOTHING, events: [intervalOf(within)] };
  const fromMs = asOfMs === null ? null : asOfMs - parseDuration(within.last, '');
  return { ...NOTHING, events: [{ fromMs, toMs: null }], relative: true };
}

/** A first event after the end of the interval makes no difference. */
function birthReads(birth: RuleBirth, born: OpenInterval): CohortReads {
  if (birth.kind === 'registration') return { ...NOTHING, registrations: [born] };
  return together([{ ...NOTHING, events: [{ fromMs: null, toMs: born.toMs }] }, filterReads(birth.where)]);
}

function filterReads(filter: Filter | TraitFilter | null): CohortReads {
  return { ...NOTHING, relative: movesWithAsOf(filter), zoned: comparesTimes(filter) };
}

function together(parts: readonly CohortReads[]): CohortReads {
  return {
    events: parts.flatMap(({ events }) => events),
    registrations: parts.flatMap(({ registrations }) => registrations),
    everybody: parts.some(({ everybody }) => everybody),
    traits: parts.some(({ traits }) => traits),
    relative: parts.some(({ relative }) => relative),
    zoned: parts.some(({ zoned }) => zoned),
  };
}

function intervalOf({ from, to }: RuleInterval): OpenInterval {
  return { fromMs: from === null ? null : Date.parse(from), toMs: to === null ? null : Date.parse(to) };
}
