import { LRUCache } from 'lru-cache';

/**
 * What a process keeps of properties that changes with nothing but their revisions: the revision of a property counts up
 * with everything in it but its data, so what is known as of one costs no read.
 */
export class ByRevision<T> {
  readonly #known: LRUCache<string, { readonly revision: string; readonly value: T }>;

  /** `max`: properties of which it is kept. `read`: gives it as it is now. */
  constructor(
    max: number,
    private readonly read: (propertyId: string) => Promise<T>,
  ) {
    this.#known = new LRUCache({ max });
  }

  /** As of `revision` at least. Throws as `read`. */
  async at(propertyId: string, revision: string): Promise<T> {
    const known = this.#known.get(propertyId);
    if (known?.revision === revision) return known.value;
    const value = await this.read(propertyId);
    this.#known.set(propertyId, { revision, value });
    return value;
  }
}
