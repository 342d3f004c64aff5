/** Often enough to see that it goes on. */
const EVERY_MS = 10_000;
/** A line that differs every time is no repetition: what was told long ago is forgotten. */
const MAX_KEPT = 500;

interface Told {
  readonly atMs: number;
  held: number;
}

/** Lets a line through once in ten seconds, however often it is said: a store that is away is told of by whoever looks for it. */
export class RepeatedLines {
  readonly #told = new Map<string, Told>();

  /** How often the line was held back since it was last let through; null: it is held back now. */
  pass(line: string, nowMs: number): number | null {
    const reported = this.#told.get(line);
    if (reported !== undefined && nowMs - reported.atMs < EVERY_MS) {
      reported.held += 1;
      return null;
    }
    this.#told.delete(line);
    const [oldest] = this.#told.keys();
    if (this.#told.size >= MAX_KEPT && oldest !== undefined) this.#told.delete(oldest);
    this.#told.set(line, { atMs: nowMs, held: 0 });
    return reported?.held ?? 0;
  }
}
