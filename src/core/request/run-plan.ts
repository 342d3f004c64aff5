import type { DefinitionPlan } from '../cohort/definition-plan.js';
import type { TraitFilter } from '../event/filter.js';
import type { PlannedSelector, TimeBound } from '../event/time-bound.js';
import type { MetricPlan } from '../metric/define-metric.js';
import type { Breakdown } from '../series/breakdown.js';
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
  /**
   * Whether the members are found by reading all users, as they are too many to be looked up; null: decided by their
   * number before the run. Does not change the answer.
   */
  readonly isGathered: boolean | null;
}

export type PlannedBirth =
  | { readonly kind: 'none' }
  | { readonly kind: 'registration' }
  | ({ readonly kind: 'first_event' } & PlannedSelector);

/**
 * `fixed`: everyone over [fromMs, toMs). `since_birth`: each user over [birth + offsetMs, birth + offsetMs + lengthMs).
 * `since_calendar`: from and to so many calendar units after the start of the calendar period of birth, the end
 * `lastsMs` later; not before the birth itself.
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
 * What is measured beside the whole window, in cells numbered from 1. `event_time`: cell i + 1 of everyone is
 * `windows[i]`. `birth`: those born from `starts[i]` on, until the next, are in cell i + 1 with their whole window, or,
 * by ages, in the cells 1 + i x count + k.
 */
export type PlannedCells =
  | { readonly by: 'event_time'; readonly windows: readonly Period[] }
  | { readonly by: 'birth'; readonly starts: readonly number[]; readonly ages: PlannedAges | null };

/**
 * By ages k, at most `count` of them. `elapsed`: counted from birth, the same for all. `calendar`: from k x age after
 * the offset up to the next or the end, after the start of the calendar period of birth, as in the plan's window; those
 * of a user that begin before the end. `lastsMs`: events count from the end of the cell, so long.
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

/**
 * `kept`: the codes of the largest groups, largest first; the other groups are the rest. Null: all groups, or the
 * largest are not known yet.
 */
export type PlannedBreakdown = Breakdown & { readonly kept: readonly string[] | null };

/**
 * Everything a run needs to be compiled to SQL: numbers resolved, nothing left to look up. Equal plans give equal SQL.
 * What a plan does not have is null.
 */
export interface RunPlan {
  /** Number of the property in the engine's tables. */
  readonly propertyNumber: number;
  /** Rows with a higher ingest sequence are not read. */
  readonly dataVersion: number;
  readonly asOfMs: number;
  readonly cohort: PlannedCohort;
  readonly selector: PlannedSelector;
  readonly metric: MetricPlan;
  /** Users with these traits are excluded. */
  readonly excludes: TraitFilter<TimeBound> | null;
  readonly window: PlannedWindow;
  /** Of a series; null: there is none. */
  readonly cells: PlannedCells | null;
  readonly breakdown: PlannedBreakdown | null;
  readonly birth: PlannedBirth;
  /** Users born outside are out_of_range; null: no restriction and no birth needed unless the window is since_birth. */
  readonly births: OpenInterval | null;
}

/** Where a run's per-user rows are stored. */
export interface RunTarget {
  readonly runId: string;
  readonly attempt: number;
}
