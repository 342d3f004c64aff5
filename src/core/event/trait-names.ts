import type { TraitFilter } from './filter.js';

/** The traits that a filter looks at, each once, sorted. */
export function traitNames(filter: TraitFilter): readonly string[] {
  return [...new Set(named(filter))].sort();
}

function named(filter: TraitFilter): readonly string[] {
  if ('and' in filter) return filter.and.flatMap(named);
  if ('or' in filter) return filter.or.flatMap(named);
  return 'not' in filter ? named(filter.not) : [filter.trait];
}
