import type { EventSelector, Filter, PropertyTest, PropertyValue } from '../../../src/core/event/filter.js';
import type { SentEvent } from './world.js';

export function selects({ event, where }: EventSelector, sent: SentEvent): boolean {
  return (event === null || event.includes(sent.name)) && (where === null || passes(where, sent.properties));
}

type Properties = SentEvent['properties'];

/** What a filter means, word by word. */
export function passes(filter: Filter, properties: Properties): boolean {
  if ('and' in filter) return filter.and.every((part) => passes(part, properties));
  if ('or' in filter) return filter.or.some((part) => passes(part, properties));
  if ('not' in filter) return !passes(filter.not, properties);
  return holds(filter, Object.hasOwn(properties, filter.property) ? properties[filter.property] : undefined);
}

/** A test on an absent property or one of another type is false; ne and not_in are exact negations. */
export function holds(test: PropertyTest, value: PropertyValue | undefined): boolean {
  if ('exists' in test) return (value !== undefined) === test.exists;
  if ('eq' in test) return value === test.eq;
  if ('ne' in test) return value !== test.ne;
  if ('in' in test) return test.in.some((item) => item === value);
  if ('not_in' in test) return test.not_in.every((item) => item !== value);
  if ('contains' in test) return typeof value === 'string' && value.includes(test.contains);
  if (typeof value !== 'number') return false;
  if ('gt' in test) return value > test.gt;
  if ('gte' in test) return value >= test.gte;
  if ('lt' in test) return value < test.lt;
  return value <= test.lte;
}
