import type { UserSpan } from '../../stores/clickhouse/known-users.js';

/** Users of all surveys of a process together, some 100 bytes each. */
export const MAX_SURVEYED = 200_000;

/**
 * The users of a property, all of them, and an instant after which none has an event that is not remembered otherwise.
 * It is begun before the engine is looked through, so that what is committed meanwhile is in it, and tells something
 * only when that is done.
 */
export class UserSurvey {
  readonly #users = new Set<string>();
  #lastMs = -Infinity;
  #isWhole = false;
  #isOver = false;

  /** `ofAll` counts the users of all surveys. */
  constructor(private readonly ofAll: { surveyed: number }) {}

  /** A user is known: by what the engine holds, or by events of which the span is remembered elsewhere. */
  add(user: string): void {
    if (this.#isOver || this.#users.has(user)) return;
    if (this.ofAll.surveyed >= MAX_SURVEYED) return this.end();
    this.ofAll.surveyed++;
    this.#users.add(user);
  }

  /** Up to this instant there may be events of any user that are not remembered. */
  raise(lastMs: number): void {
    this.#lastMs = Math.max(this.#lastMs, lastMs);
  }

  /** All users of the engine are added, and its last event is at `lastMs`. */
  complete(lastMs: number): void {
    this.raise(lastMs);
    this.#isWhole = true;
  }

  /** Nothing is told any more: something may have changed of any user, or there are too many. */
  end(): void {
    this.#isOver = true;
    this.ofAll.surveyed -= this.#users.size;
    this.#users.clear();
  }

  /**
   * What holds all events of a user of whom no span is remembered: nothing (from Infinity to -Infinity) where he has no
   * event, and the whole past where he is known. Undefined: nothing can be said.
   */
  span(user: string): UserSpan | undefined {
    if (!this.#isWhole || this.#isOver) return undefined;
    return this.#users.has(user)
      ? { firstMs: -Infinity, lastMs: this.#lastMs }
      : { firstMs: Infinity, lastMs: -Infinity };
  }
}
