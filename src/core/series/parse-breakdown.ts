import { Failure, invalid, pointerTo } from '../failure.js';
import { isGiven, quoted } from '../json-shape.js';
import type { MetricDefinition } from '../metric/metric.js';
import { parseText } from '../text.js';

/** By what users or events are told apart. */
export interface Breakdown {
  readonly of: 'trait' | 'property';
  readonly name: string;
}

const FORM = /^(trait|property):(.*)$/su;
const RIGHT = 'Give ["trait:country"] or ["property:channel"]';
const MAX_BREAKDOWNS = 1;

/**
 * In canonical form: none, or one of `trait:<name>` (users by their current trait) and `property:<name>` (the events of the window by their value).
 * 422: `invalid_field`, `limit_exceeded` for several.
 */
export function parseBreakdown(value: unknown, definition: MetricDefinition, pointer: string): readonly string[] {
  if (!isGiven(value)) return [];
  if (!Array.isArray(value)) throw invalid('invalid_field', pointer, `${RIGHT}, not ${quoted(value)}.`);
  if (value.length > MAX_BREAKDOWNS) throw several(pointer);
  return value.map((item, i) => parseOne(item, definition, pointerTo(pointer, i)));
}

/** Of a canonical breakdown. */
export function breakdownOf(breakdown: readonly string[]): Breakdown | null {
  const [, of, name] = FORM.exec(breakdown[0] ?? '') ?? [];
  return of && name !== undefined ? { of: of === 'trait' ? 'trait' : 'property', name } : null;
}

function parseOne(value: unknown, definition: MetricDefinition, pointer: string): string {
  const [, of, name] = typeof value === 'string' ? (FORM.exec(value) ?? []) : [];
  if (!of) throw invalid('invalid_field', pointer, `${RIGHT}, not ${quoted(value)}.`);
  parseText(name, { min: 1, max: 200 }, pointer, `The name of a ${of}`);
  if (of === 'property' && definition.ofRegistrations) {
    const detail = `${definition.id} looks at no events: break it down by a trait.`;
    throw invalid('invalid_field', pointer, detail);
  }
  return `${of}:${name}`;
}

function several(pointer: string): Failure {
  const detail = `A request is broken down by one trait or property; ask for another in a request of its own.`;
  const errors = [{ pointer: pointerTo(pointer, MAX_BREAKDOWNS), detail }];
  return new Failure('limit_exceeded', detail, errors, { limit: 'breakdowns', value: MAX_BREAKDOWNS });
}
