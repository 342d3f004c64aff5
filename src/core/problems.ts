import { Failure, type FieldError } from './failure.js';

const REPORTED_ERRORS = 50;
const REPORTED_ITEMS = 20;

/** A part of an input: parsed, or null because it, or a part that it follows from, had a problem. */
export type Attempt<T> = { readonly value: T } | null;

/** Parts by name, each with the type of its value. */
export type Attempts<T> = { readonly [Name in keyof T]: Attempt<T[Name]> };

/** Gathers what is wrong with independent parts of an input, so that a caller learns all of it at once. */
export class Problems {
  readonly #failures: Failure[] = [];

  /**
   * The parsed part; undefined where it failed with a `Failure`, which is kept. Anything else thrown is a defect and
   * passes through.
   */
  take<T>(parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#failures.push(error);
      return undefined;
    }
  }

  /**
   * The items of a list that could be parsed. Stops after 20 that could not: a hostile list costs no more than an
   * honest one.
   */
  takeEach<S, T>(items: readonly S[], parse: (item: S, index: number) => T): T[] {
    const parsed: T[] = [];
    const before = this.#failures.length;
    for (const [i, item] of items.entries()) {
      const value = this.take(() => parse(item, i));
      if (value !== undefined) parsed.push(value);
      if (this.#failures.length - before >= REPORTED_ITEMS) break;
    }
    return parsed;
  }

  /** As `take`, where undefined would be a value too. */
  attempt<T>(parse: () => T): Attempt<T> {
    return this.take(() => ({ value: parse() })) ?? null;
  }

  /** A part that follows from others; null where one of these is. */
  attemptWith<S extends object, T>(parts: Attempts<S>, parse: (values: S) => T): Attempt<T> {
    const values = valuesOf(parts);
    return values && this.attempt(() => parse(values));
  }

  /**
   * The values of all parts.
   * @throws Failure for all problems so far
   */
  all<T extends object>(parts: Attempts<T>): T {
    const values = valuesOf(parts);
    if (this.any || !values) throw this.failure();
    return values;
  }

  get any(): boolean {
    return this.#failures.length > 0;
  }

  /** One failure for all: code, detail and extra members of the first, `errors` of every one (at most 50). */
  failure(): Failure {
    const [first] = this.#failures;
    if (!first) throw new Error('There is no problem to report');
    if (this.#failures.length === 1) return first;
    const errors: FieldError[] = this.#failures.flatMap((failure) => failure.errors).slice(0, REPORTED_ERRORS);
    return new Failure(first.code, first.detail, errors, first.extra);
  }

  throwIfAny(): void {
    if (this.any) throw this.failure();
  }
}

/**
 * The values of independent parts of an input.
 * @throws Failure for the problems of all of them
 */
export function parseTogether<T extends object>(parsers: { readonly [Name in keyof T]: () => T[Name] }): T {
  const problems = new Problems();
  const parsed: Partial<T> = {};
  for (const name in parsers) problems.take(() => (parsed[name] = parsers[name]()));
  problems.throwIfAny();
  return wholeOf(parsers, parsed);
}

/** Null where a part is. */
function valuesOf<T extends object>(parts: Attempts<T>): T | null {
  const values: Partial<T> = {};
  for (const name in parts) {
    const part: Attempt<T[typeof name]> = parts[name];
    if (part === null) return null;
    values[name] = part.value;
  }
  return wholeOf(parts, values);
}

function wholeOf<T extends object>(names: { readonly [Name in keyof T]: unknown }, values: Partial<T>): T {
  if (hasAll(names, values)) return values;
  throw new Error('A part has no value');
}

function hasAll<T extends object>(names: { readonly [Name in keyof T]: unknown }, values: Partial<T>): values is T {
  return Object.keys(names).every((name) => name in values);
}
