import { Failure, type FieldError } from './failure.js';

const REPORTED_ERRORS = 50;
const REPORTED_ITEMS = 20;

/** Gathers what is wrong with independent parts of an input, so that a caller learns all of it at once. */
export class Problems {
  readonly #failures: Failure[] = [];

  /** The parsed part; undefined where it failed with a `Failure`, which is kept. Anything else thrown is a defect and passes through. */
  take<T>(parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      this.#failures.push(error);
      return undefined;
    }
  }

  /** The items of a list that could be parsed. Stops after 20 that could not: a hostile list costs no more than an honest one. */
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
