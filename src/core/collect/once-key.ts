import { isObject } from '../json-shape.js';
import type { SentEvent } from './sent-event.js';

/**
 * What counts once, whatever the id and the time of the event are: an order; an item of it, by its place there, else by
 * its id; a variant that was seen in a session. Null: the event counts each time.
 */
export function onceKey({ item, name }: SentEvent, session: string): string | null {
  const properties = isObject(item['properties']) ? item['properties'] : {};
  switch (name) {
    case '$order':
      return keyOf(name, [properties['order']]);
    case '$order_item':
      return keyOf(name, [properties['order'], properties['$position'] ?? item['id']]);
    case '$exposure':
      return keyOf(name, [session, properties['experiment'], properties['variant']]);
    default:
      return null;
  }
}

/** Of parts that are there, texts or numbers alike. */
function keyOf(name: string, parts: readonly unknown[]): string | null {
  const texts = parts.map((part) => (typeof part === 'number' ? String(part) : part));
  if (!texts.every((text) => typeof text === 'string' && text !== '')) return null;
  return JSON.stringify([name, ...texts]);
}
