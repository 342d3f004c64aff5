interface UnderWay {
  readonly days: readonly number[];
  readonly stored: Promise<void>;
  readonly resolve: () => void;
}

/** The batches that this process has opened and not yet closed, by property and number. */
export class OpenBatches {
  readonly #batches = new Map<string, UnderWay>();

  /** `days`: those on which the batch has events. */
  begin(propertyId: string, seq: number, days: readonly number[]): void {
    let resolve = (): void => undefined;
    const stored = new Promise<void>((done) => (resolve = done));
    this.#batches.set(keyOf(propertyId, seq), { days, stored, resolve });
  }

  /** All that will ever be stored of the batch is stored. */
  stored(propertyId: string, seq: number): void {
    this.#batches.get(keyOf(propertyId, seq))?.resolve();
  }

  end(propertyId: string, seq: number): void {
    this.stored(propertyId, seq);
    this.#batches.delete(keyOf(propertyId, seq));
  }

  find(propertyId: string, seq: number): Pick<UnderWay, 'days' | 'stored'> | undefined {
    return this.#batches.get(keyOf(propertyId, seq));
  }
}

function keyOf(propertyId: string, seq: number): string {
  return `${propertyId}:${seq}`;
}
