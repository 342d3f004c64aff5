import { definitionHash } from '../../src/core/cohort/definition-hash.js';
import { isDefined, type NamedLeaf, type CanonicalCohort } from '../../src/core/cohort/definition.js';
import { memberSetHash } from './member-set-hash.js';
import { withLeaves } from '../../src/core/cohort/normal-set.js';
import { parseCohort } from '../../src/core/cohort/parse-cohort.js';
import type { ResolvedCohort } from '../../src/core/cohort/resolved-cohort.js';

/** A cohort of a body without a service to look anything up in. */
export interface InlineCohort {
  readonly resolved: ResolvedCohort;
  /** Every list in it: its hash and its members, distinct and sorted. */
  readonly lists: ReadonlyMap<string, readonly string[]>;
}

/**
 * `saved`: what cohorts are made of that the body names, as a body would say it. Dates are days of `timeZone`, in saved
 * ones of UTC.
 */
export function inlineCohort(
  cohort: unknown,
  saved: Readonly<Record<string, unknown>> = {},
  timeZone = 'UTC',
): InlineCohort {
  const lists = new Map<string, readonly string[]>();
  const canonicalOf = (requested: unknown, zone: string): CanonicalCohort =>
    withLeaves(parseCohort(requested, '/cohort', zone), (leaf: NamedLeaf): CanonicalCohort => {
      if ('all' in leaf) return leaf;
      if ('named' in leaf) {
        if (!Object.hasOwn(saved, leaf.named)) throw new Error(`There is no cohort ${leaf.named}`);
        return canonicalOf(saved[leaf.named], 'UTC');
      }
      if ('stored' in leaf) throw new Error(`There is no list ${leaf.stored}`);
      const { hash, users } = memberSetHash(leaf.users);
      lists.set(hash, users);
      return { members: hash };
    });
  return { resolved: resolvedOf(canonicalOf(cohort, timeZone), lists), lists };
}

const NO_ORIGIN = { id: null, name: null, version: null };

function resolvedOf(cohort: CanonicalCohort, lists: InlineCohort['lists']): ResolvedCohort {
  if (isDefined(cohort)) {
    return { kind: 'definition', definition: cohort, hash: definitionHash(cohort), ...NO_ORIGIN };
  }
  if ('all' in cohort) return { kind: 'all', ...NO_ORIGIN };
  return { kind: 'members', setHash: cohort.members, size: lists.get(cohort.members)?.length ?? 0, ...NO_ORIGIN };
}
