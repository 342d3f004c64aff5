import { parseEventSelector, parseTraitFilter } from '../event/parse-filter.js';
import type { EventSelector, TraitFilter } from '../event/filter.js';
import { isGiven } from '../json-shape.js';
import type { JsonValue } from '../json.js';
import { parseDuration } from '../time/duration.js';

/**
 * A parameter of a metric: how it is written (JSON Schema 2020-12, with `description`), and the value that the metric
 * reads from its canonical form.
 */
export interface MetricParameter<T = unknown> {
  readonly schema: Readonly<Record<string, JsonValue>>;
  readonly required: boolean;
  /** In canonical form. */
  readonly default: JsonValue;
  /** A duration may be PT0S. */
  readonly mayBeNothing?: true;
  /** The object is a filter on the traits of users. */
  readonly isTraitFilter?: true;
  /** The object is a selector of events: `event` and `where`. */
  readonly isSelector?: true;
  /** The text is the name of an event property, of which values of any type or numbers alone are read. */
  readonly namesProperty?: 'any' | 'number';
  /** @throws TypeError for a value that is not in canonical form */
  read(canonical: unknown): T;
}

/** The parameters of a metric by name, each with the type that it is read as. */
export type ParametersOf<T> = { readonly [Name in keyof T]: MetricParameter<T[Name]> };

/** Parameters in canonical form, as a request spells them. */
export type ParameterValues = Readonly<Record<string, unknown>>;

const VALUES = Symbol('values');

/**
 * Reads the parameters that a metric declares, each when it is accessed: one that must be given may still be missing
 * while others are read.
 */
export function parameterReader<T extends object>(parameters: ParametersOf<T>): (values: ParameterValues) => T {
  class Read {
    readonly [VALUES]: ParameterValues;

    constructor(values: ParameterValues) {
      this[VALUES] = values;
    }
  }
  for (const name in parameters) {
    const { read } = parameters[name];
    Object.defineProperty(Read.prototype, name, {
      get(this: Read): unknown {
        return read(this[VALUES][name]);
      },
    });
  }
  return (values) => {
    const read: object = new Read(values);
    if (hasAll(parameters, read)) return read;
    throw new TypeError('A parameter has no reader');
  };
}

function hasAll<T extends object>(parameters: ParametersOf<T>, read: object): read is T {
  for (const name in parameters) if (!(name in read)) return false;
  return true;
}

/** Which events a metric reads; every metric of events has these two. */
export const EVENT_PARAMETERS: ParametersOf<{ event: readonly string[] | null; where: unknown }> = {
  event: {
    schema: {
      description: 'An event name or a list of them; null or not given: any event.',
      anyOf: [
        { type: 'string', minLength: 1, maxLength: 200 },
        {
          type: 'array',
          minItems: 1,
          maxItems: 1000,
          items: { type: 'string', minLength: 1, maxLength: 200 },
        },
        { type: 'null' },
      ],
    },
    required: false,
    default: null,
    read: readTexts,
  },
  where: {
    schema: {
      description:
        'A filter on event properties: {"property": name, operator: value} with one of eq, ne, in, not_in, gt, gte, lt, lte, exists, contains, starts_with, ends_with, before, after, or {"and": [filters]}, {"or": [filters]}, {"not": filter}. A test on an absent property or one of another type is false; ne, not_in and not are exact negations. contains, starts_with and ends_with take "ignore_case": true; before and after compare texts that are dates or RFC 3339 instants with a date, an instant or {"last": duration}. Null or not given: all events.',
      type: ['object', 'null'],
    },
    required: false,
    default: null,
    read: (value) => value,
  },
};

/** A whole number from 1 on. */
export function integer(description: string, maximum: number, own: number): MetricParameter<number> {
  return {
    schema: { description, type: 'integer', minimum: 1, maximum },
    required: false,
    default: own,
    read: readNumber,
  };
}

export function flag(description: string, own: boolean): MetricParameter<boolean> {
  return { schema: { description, type: 'boolean' }, required: false, default: own, read: (value) => value === true };
}

export function choice<T extends string>(description: string, choices: readonly T[], own: T): MetricParameter<T> {
  return {
    schema: { description, enum: choices },
    required: false,
    default: own,
    read: (value) => choices.find((one) => one === value) ?? notCanonical(value),
  };
}

/** The name of an event property, which must be given. */
export function propertyName(description: string, of: 'any' | 'number' = 'any'): MetricParameter<string> {
  return {
    schema: { description, type: 'string', minLength: 1, maxLength: 200 },
    required: true,
    default: null,
    namesProperty: of,
    read: readText,
  };
}

/** The name of an event property, or none. */
export function optionalPropertyName(description: string): MetricParameter<string | null> {
  return {
    schema: { description, type: ['string', 'null'], minLength: 1, maxLength: 200 },
    required: false,
    default: null,
    namesProperty: 'any',
    read: (value) => (isGiven(value) ? readText(value) : null),
  };
}

/** Events by their names and a filter; null: all. Times in the filter are dates or instants. */
export function eventSelector(description: string): MetricParameter<EventSelector> {
  return {
    schema: { description, type: ['object', 'null'] },
    required: false,
    default: null,
    isSelector: true,
    read: (value) => (isGiven(value) ? parseEventSelector(value, '') : { event: null, where: null }),
  };
}

/** Elapsed time, longer than PT0S; read as milliseconds. */
export function duration(description: string, own: string): MetricParameter<number> {
  return { schema: durationSchema(description, 'string'), required: false, default: own, read: readMs };
}

/** Elapsed time, or none; read as milliseconds. */
export function optionalDuration(description: string): MetricParameter<number | null> {
  return {
    schema: durationSchema(description, ['string', 'null']),
    required: false,
    default: null,
    read: (value) => (isGiven(value) ? readMs(value) : null),
  };
}

/**
 * The `t` of a metric that is the length of its window. Read as text, as a calendar window makes it a calendar
 * duration.
 */
export function windowLength(
  description: string,
  own: string,
  { mayBeNothing }: { readonly mayBeNothing?: true } = {},
): MetricParameter<string> {
  return {
    schema: durationSchema(description, 'string'),
    required: false,
    default: own,
    ...(mayBeNothing && { mayBeNothing }),
    read: readText,
  };
}

/** A filter on the current traits of users; null: none. */
export function traitFilter(description: string): MetricParameter<TraitFilter | null> {
  return {
    schema: { description, type: ['object', 'null'] },
    required: false,
    default: null,
    isTraitFilter: true,
    read: (value) => (isGiven(value) ? parseTraitFilter(value, '') : null),
  };
}

export function readNumber(value: unknown): number {
  return typeof value === 'number' ? value : notCanonical(value);
}

export function readTexts(value: unknown): readonly string[] | null {
  if (!isGiven(value)) return null;
  return Array.isArray(value) ? value.map(readText) : notCanonical(value);
}

function durationSchema(description: string, type: JsonValue): MetricParameter['schema'] {
  return { description, type, format: 'duration' };
}

function readText(value: unknown): string {
  return typeof value === 'string' ? value : notCanonical(value);
}

function readMs(value: unknown): number {
  return parseDuration(value, '');
}

function notCanonical(value: unknown): never {
  throw new TypeError(`A parameter is not in canonical form: ${JSON.stringify(value)}`);
}
