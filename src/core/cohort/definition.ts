import type { SetHash } from '../ids.js';
import type { EventSelector, TestOn, TimeOperand } from '../event/filter.js';

/** From which instant a user's age counts; the same as the birth of a request. */
export type RuleBirth<Time = TimeOperand> =
  | { readonly kind: 'registration' }
  | ({ readonly kind: 'first_event' } & EventSelector<Time>);

/** Half-open; null is open. Instants are RFC 3339 in UTC with milliseconds. */
export interface RuleInterval {
  readonly from: string | null;
  readonly to: string | null;
}

/** Elapsed time, in canonical form. A user without a birth has no window, so nothing in it. */
export interface SinceBirth {
  readonly offset: string;
  readonly length: string;
  readonly birth: RuleBirth;
}

/**
 * When the events of a condition count: in an interval, in the last `last` before as_of, or in a window of each user's
 * own.
 */
export type Within = RuleInterval | { readonly last: string } | { readonly since_birth: SinceBirth };

export type Frequency = { readonly at_least: number } | { readonly at_most: number } | { readonly exactly: number };

/** So many events of a kind; `within` null: at any time before as_of. */
export type Behaviour = EventSelector & Frequency & { readonly within: Within | null };

export type TraitTest = TestOn<'trait'>;

export interface BirthRule extends RuleInterval {
  readonly birth: RuleBirth;
}

/**
 * A rule in canonical form: `did_not` written as `did`, so that "did not" is `at_most: 0`; nested `and` in `and` and
 * `or` in `or` flattened, operands sorted and distinct, a single one unwrapped; `not` only before `exactly`, `born` and
 * a test that has no opposite of its own.
 */
export type Rule =
  | { readonly did: Behaviour }
  | TraitTest
  | { readonly born: BirthRule }
  | { readonly and: readonly Rule[] }
  | { readonly or: readonly Rule[] }
  | { readonly not: Rule };

/** The users of `universe` for whom the rule holds. */
export interface RuleDefinition<Leaf> {
  readonly rule: Rule;
  readonly universe: Definition<Leaf>;
}

/** `except`: the first without all others. */
export type SetOperation<Leaf> =
  | { readonly and: readonly Definition<Leaf>[] }
  | { readonly or: readonly Definition<Leaf>[] }
  | { readonly except: readonly Definition<Leaf>[] };

export interface SetDefinition<Leaf> {
  readonly set: SetOperation<Leaf>;
}

/** What a cohort is, in terms of its leaves. */
export type Definition<Leaf> = Leaf | RuleDefinition<Leaf> | SetDefinition<Leaf>;

/** As a body writes it: lists of users, lists that are stored by their hash, and saved cohorts by id or name. */
export type NamedLeaf =
  | { readonly all: true }
  | { readonly users: readonly string[] }
  | { readonly stored: SetHash; readonly pointer: string }
  | { readonly named: string; readonly pointer: string };

/**
 * As a saved cohort keeps it: lists by their hash, other cohorts by their id, whatever they are called or hold by then.
 */
export type SavedLeaf = { readonly all: true } | { readonly members: SetHash } | { readonly cohort: string };

/** As it is hashed and measured: nothing left to look up. */
export type CanonicalLeaf = { readonly all: true } | { readonly members: SetHash };

export type NamedCohort = Definition<NamedLeaf>;
export type SavedDefinition = Definition<SavedLeaf>;
/** A static version stands as the SHA-256 of its members, saved or inline alike (see memberSetHash). */
export type CanonicalCohort = Definition<CanonicalLeaf>;

/** A cohort that has to be evaluated from the data: neither everybody nor a list. */
export type DefinedCohort = Exclude<CanonicalCohort, CanonicalLeaf>;

export function isRule<Leaf extends object>(definition: Definition<Leaf>): definition is RuleDefinition<Leaf> {
  return 'rule' in definition;
}

export function isSet<Leaf extends object>(definition: Definition<Leaf>): definition is SetDefinition<Leaf> {
  return 'set' in definition;
}

export function isDefined(cohort: CanonicalCohort): cohort is DefinedCohort {
  return isRule(cohort) || isSet(cohort);
}
