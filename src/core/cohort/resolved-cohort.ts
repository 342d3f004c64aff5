/**
 * A cohort that is ready to be measured: everybody, or an immutable member list by the SHA-256 of its members (`memberSetHash`). Saved cohorts and inline
 * lists are alike; an inline one has no id, name and version.
 */
export type ResolvedCohort =
  | { readonly kind: 'all'; readonly id: null; readonly name: null; readonly version: null }
  | {
      readonly kind: 'members';
      readonly setHash: string;
      /** Distinct members. */
      readonly size: number;
      readonly id: string | null;
      readonly name: string | null;
      readonly version: number | null;
    };
