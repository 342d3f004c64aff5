import type { DefinitionPlan } from '../cohort/definition-plan.js';
import type { TraitFilter } from '../event/filter.js';
import type { PlannedSelector, TimeBound } from '../event/time-bound.js';
import type { Activity } from '../metric/rolling-active.js';
import type { Breakdown } from '../series/parse-breakdown.js';
import type { CalendarDuration, CalendarUnit } from '../time/calendar-duration.js';
import type { WeekDay } from '../time/week-day.js';
import type { Period } from '../time/calendar.js';

/** Half-open interval of UTC milliseconds; null is open. */
export interface OpenInterval {
  readonly fromMs: number | null;
  readonly toMs: number | null;
}

/** `definition`: the run works out who is in it before it measures (`compileRunCohort`). */
export type PlannedCohort =
  | { readonly kind: 'all' }
  | ({ readonly kind: 'members'; readonly setHash: string } & Membership)
  | ({ readonly kind: 'definition'; readonly definition: DefinitionPlan } & Membership);

interface Membership {
  /** The members are told among all users, as they are too many to be looked up; not given: they are looked up. Makes no difference to the answer. */
  readonly isGathered?: boolean;
}

export type PlannedBirth =
  { readonly kind: 'none' } | { readonly kind: 'registration' } | ({ readonly kind: 'first_event' } & PlannedSelector);

/**
 * `fixed`: everyone over [fromMs, toMs). `since_birth`: each user over [birth + offsetMs, birth + offsetMs + lengthMs). `since_calendar`: from and to so many calendar units
 * after the start of the calendar period of birth, the end `lastsMs` later; not before the birth itself.
 */
export type PlannedWindow =
  | { readonly kind: 'fixed'; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: 'since_birth'; readonly offsetMs: number; readonly lengthMs: number }
  | {
      readonly kind: 'since_calendar';
      readonly timeZone: string;
      readonly weekStart: WeekDay;
      /** Whose period birth is taken back to the start of. */
      readonly unit: CalendarUnit;
      readonly from: CalendarDuration;
      readonly to: CalendarDuration;
      readonly lastsMs: number;
    };

/**
 * What is measured beside the whole window, in cells numbered from 1. `event_time`: cell i + 1 of everyone is `windows[i]`. `birth`: those born from `starts[i]` on, until the
 * next, are in cell i + 1 with their whole window, or, by ages, in the cells 1 + i x count + k.
 */
export type PlannedCells =
  | { readonly by: 'event_time'; readonly windows: readonly Period[] }
  | { readonly by: 'birth'; readonly starts: readonly number[]; readonly ages: PlannedAges | null };

/**
 * By ages k, at most `count` of them. `elapsed`: counted from birth, the same for all. `calendar`: from k x age after the offset up to the next or the end, after the
 * start of the calendar period of birth, as in the plan's window; those of a user that begin before the end. `lastsMs`: events count from the end of the cell, so long.
 */
export type PlannedAges =
  | { readonly by: 'elapsed'; readonly count: number; readonly cells: readonly Period[] }
  | {
      readonly by: 'calendar';
      readonly count: number;
      readonly offset: CalendarDuration;
      readonly age: CalendarDuration;
      readonly end: CalendarDuration;
      readonly lastsMs: number | null;
    };

/** What of an event is counted: the value of a property, or its day in a time zone. */
export type PlannedValue =
  { readonly kind: 'property'; readonly property: string } | { readonly kind: 'day'; readonly timeZone: string };

/**
 * What is measured over the window. For `threshold` the window is [birth, birth + t). For `survival` the window is already the one in which events
 * are looked for: [birth + t, birth + t + sunset), `lengthMs`/`toMs` Infinity where there is no sunset (it then ends at as_of and is final once it began).
 */
export type PlannedMetric =
  | { readonly kind: 'event_count' }
  | { readonly kind: 'value_sum'; readonly value: string }
  | { readonly kind: 'event_rate'; readonly periodMs: number }
  | { readonly kind: 'threshold'; readonly n: number }
  | {
      readonly kind: 'time_to_threshold';
      /** From birth (in a fixed window from its start), or from the k-th event of the window. */
      readonly first: 'birth' | number;
      /** To the n-th event of the window, n > k, or to the last. */
      readonly threshold: number | 'last';
      readonly unitMs: number;
    }
  | { readonly kind: 'occurrence' }
  /** By contents of objects, two properties of events. How many events of the object after one are looked at for its reversal, and how many before it for what came back. */
  | {
      readonly kind: 'reversal_rate';
      readonly object: string;
      readonly content: string;
      readonly lookAhead: number;
      readonly lookBack: number;
      readonly ignoreSelf: boolean;
    }
  /**
   * Judged at the end T of the window, which is never after as_of: by the events in [T - 2u, T), those before the window included, and by birth but for `active`.
   * Users whose traits pass `exclude` are excluded.
   */
  | {
      readonly kind: 'rolling_active';
      readonly activity: Activity;
      readonly n: number;
      readonly uMs: number;
      readonly exclude: TraitFilter<TimeBound> | null;
    }
  /** The window is fixed, and birth the registration. */
  | { readonly kind: 'newly_registered' }
  /** `keepsSets`: the values of each user are kept, to count those of all users. */
  | { readonly kind: 'distinct_count'; readonly of: PlannedValue; readonly keepsSets: boolean }
  /** By the texts of the values; null: all there are. */
  | { readonly kind: 'count_by'; readonly property: string; readonly values: readonly string[] | null }
  | { readonly kind: 'survival'; readonly n: number; readonly hasSunset: boolean };

/** `kept`: the codes of the largest groups, largest first, once they are known; the other groups are the rest. */
export type PlannedBreakdown = Breakdown & { readonly kept?: readonly string[] };

/** Everything a run needs to be compiled to SQL: numbers resolved, nothing left to look up. Equal plans give equal SQL. */
export interface RunPlan {
  /** Number of the property in the engine's tables. */
  readonly propertyNumber: number;
  /** Rows with a higher ingest sequence are not read. */
  readonly dataVersion: number;
  readonly asOfMs: number;
  readonly cohort: PlannedCohort;
  readonly selector: PlannedSelector;
  readonly metric: PlannedMetric;
  readonly window: PlannedWindow;
  /** Of a series. */
  readonly cells?: PlannedCells;
  readonly breakdown?: PlannedBreakdown;
  readonly birth: PlannedBirth;
  /** Users born outside are out_of_range; null: no restriction and no birth needed unless the window is since_birth. */
  readonly births: OpenInterval | null;
}

/** Where a run's per-user rows are stored. */
export interface RunTarget {
  readonly runId: string;
  readonly attempt: number;
}
