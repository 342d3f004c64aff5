/**
 * Lets callers who ask the same at the same time share one read. A read is shared only with who came before it began,
 * so each caller sees all that was committed before it asked, as if it had read alone: of a burst the first one reads,
 * and all others wait for one more read.
 */
export class SharedReads<T> {
  readonly #running = new Map<string, Promise<T>>();
  readonly #next = new Map<string, Promise<T>>();

  /** What `read` gives, or throws; `key` names what is read. */
  share(key: string, read: () => Promise<T>): Promise<T> {
    const next = this.#next.get(key);
    if (next !== undefined) return next;
    const running = this.#running.get(key);
    if (running === undefined) return this.#start(key, read);
    const following = running.then(noMatter, noMatter).then(() => {
      this.#next.delete(key);
      return this.#start(key, read);
    });
    this.#next.set(key, following);
    return following;
  }

  #start(key: string, read: () => Promise<T>): Promise<T> {
    const reading = read().finally(() => {
      if (this.#running.get(key) === reading) this.#running.delete(key);
    });
    this.#running.set(key, reading);
    return reading;
  }
}

function noMatter(): void {}
