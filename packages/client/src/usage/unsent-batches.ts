import type { UsageBatch } from '../types.js';

/** What was closed at one time: batches that are not sent yet, and the file of the spool that holds them. */
export interface Unsent {
  readonly file: string;
  readonly batches: UsageBatch[];
}

/** What waits to be sent, in order. */
export class UnsentBatches {
  #waiting: Unsent[] = [];
  #items = 0;

  get items(): number {
    return this.#items;
  }

  /** How many batches wait. */
  get batches(): number {
    return this.#waiting.reduce((sum, { batches }) => sum + batches.length, 0);
  }

  all(): readonly Unsent[] {
    return [...this.#waiting];
  }

  has(unsent: Unsent): boolean {
    return this.#waiting.includes(unsent);
  }

  push(unsent: Unsent): void {
    this.#waiting.push(unsent);
    this.#items += itemsOf(unsent).length;
  }

  /** The first batch has been sent. */
  shift(unsent: Unsent): void {
    const batch = unsent.batches.shift();
    if (batch !== undefined && this.has(unsent)) this.#items -= itemsOf({ batches: [batch] }).length;
  }

  remove(unsent: Unsent): void {
    if (!this.has(unsent)) return;
    this.#waiting = this.#waiting.filter((other) => other !== unsent);
    this.#items -= itemsOf(unsent).length;
  }
}

export function itemsOf({ batches }: { readonly batches: readonly UsageBatch[] }): object[] {
  return batches.flatMap(({ counts = [], seen = [], marks = [] }) => [...counts, ...seen, ...marks]);
}
