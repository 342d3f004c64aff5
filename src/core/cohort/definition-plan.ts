import type { TestOn } from '../event/filter.js';
import type { PlannedSelector, TimeBound } from '../event/time-bound.js';
import type { RuleBirth } from './definition.js';

/**
 * When events are counted: in an interval of UTC milliseconds (an end may be infinite), or in each user's [birth +
 * offsetMs, birth + offsetMs + lengthMs).
 */
export type PlannedWithin =
  | { readonly kind: 'interval'; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: 'since_birth'; readonly birth: number; readonly offsetMs: number; readonly lengthMs: number };

/** How many events of a kind a user has. */
export interface PlannedCount {
  readonly selector: PlannedSelector;
  readonly within: PlannedWithin;
}

/** Whether a user is in the cohort, in terms of the parts of the plan, which are named by their index. */
export type Membership =
  | { readonly kind: 'all' }
  | { readonly kind: 'member'; readonly list: number }
  /** min <= count <= max; null: no upper end. */
  | { readonly kind: 'count'; readonly count: number; readonly min: number; readonly max: number | null }
  | { readonly kind: 'trait'; readonly trait: number }
  | { readonly kind: 'born'; readonly birth: number; readonly fromMs: number; readonly toMs: number }
  | { readonly kind: 'and' | 'or'; readonly of: readonly Membership[] }
  | { readonly kind: 'not'; readonly of: Membership };

/**
 * A cohort to be evaluated from the data: what must be known of each user, each thing once, and who is in it. Equal
 * plans give equal SQL.
 */
export interface DefinitionPlan {
  /** Member lists by their hash. */
  readonly lists: readonly string[];
  readonly counts: readonly PlannedCount[];
  readonly births: readonly RuleBirth<TimeBound>[];
  /** Tests that are false of a user without the trait. */
  readonly traits: readonly TestOn<'trait', TimeBound>[];
  readonly membership: Membership;
}
