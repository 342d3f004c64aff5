import type { SetHash } from '../ids.js';
import type { DefinedCohort } from './definition.js';

interface Origin {
  readonly id: string | null;
  readonly name: string | null;
  readonly version: number | null;
  /** Ids of all saved cohorts it is made of, its own included, sorted; not given: its own alone. */
  readonly uses?: readonly string[];
}

/**
 * A cohort that is ready to be measured: everybody, an immutable member list by the SHA-256 of its members
 * (`memberSetHash`), or a definition to be evaluated by the run. Saved cohorts and inline ones are alike; an inline
 * one has no id, name and version.
 */
export type ResolvedCohort =
  | { readonly kind: 'all'; readonly id: null; readonly name: null; readonly version: null }
  | ({
      readonly kind: 'members';
      readonly setHash: SetHash;
      /** Distinct members. */
      readonly size: number;
    } & Origin)
  | ({
      readonly kind: 'definition';
      readonly definition: DefinedCohort;
      /** Of the definition (`definitionHash`). */
      readonly hash: string;
    } & Origin);
