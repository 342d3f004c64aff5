import type { TraitFilter } from '../../../src/core/event/filter.js';
import { holds, type Times } from './passes.js';
import type { SentEvent, UserChange } from './world.js';

type Traits = SentEvent['properties'];

/**
 * A user's current traits: the last accepted upsert wins, key by key; null takes away. `changes` are those that a run
 * sees.
 */
export function currentTraits(user: string, changes: readonly UserChange[]): Traits {
  const own = changes.filter((change) => change.user === user).sort((a, b) => a.seq - b.seq || a.position - b.position);
  const traits = Object.assign({}, ...own.map((change) => change.traits ?? {})) as NonNullable<UserChange['traits']>;
  return Object.fromEntries(Object.entries(traits).filter(([, value]) => value !== null)) as Traits;
}

/** What a filter on traits means, word by word. */
export function passesTraits<T>(filter: TraitFilter<T>, traits: Traits, times: Times<T>): boolean {
  if ('and' in filter) return filter.and.every((part) => passesTraits(part, traits, times));
  if ('or' in filter) return filter.or.some((part) => passesTraits(part, traits, times));
  if ('not' in filter) return !passesTraits(filter.not, traits, times);
  return holds<T>(filter, Object.hasOwn(traits, filter.trait) ? traits[filter.trait] : undefined, times);
}

/** The code of a value: no two have one. */
export function traitCode(trait: string, traits: Traits): string {
  const value = Object.hasOwn(traits, trait) ? traits[trait] : undefined;
  if (value === undefined) return '';
  const prefix = { string: 't', number: 'n', boolean: 'b' }[typeof value as 'string' | 'number' | 'boolean'];
  return `${prefix}${value}`;
}
