import type { TraitFilter } from './filter.js';

/** The traits that a filter looks at, each once, sorted. */
export function traitNames<Time>(filter: TraitFilter<Time>): readonly string[] {
  return [...new Set(named(filter))].sort();
}

function named<Time>(filter: TraitFilter<Time>): readonly string[] {
  if ('and' in filter) return filter.and.flatMap((part) => named(part));
  if ('or' in filter) return filter.or.flatMap((part) => named(part));
  return 'not' in filter ? named(filter.not) : [filter.trait];
}
