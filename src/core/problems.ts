import { Failure, type FieldError } from './failure.js';

const REPORTED_ERRORS = 50;

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
