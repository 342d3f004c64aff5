import type { SpooledBatches, UsageSpool } from './usage-spool.js';

/** What the spool has to do, one thing at a time, in order, and apart from the network. What goes wrong is told. */
export class SpoolQueue {
  /** What is not on the disk as it is; it is tried again with the next write. */
  readonly #unwritten = new Map<string, SpooledBatches>();
  #turn: Promise<void> = Promise.resolve();

  constructor(
    private readonly spool: UsageSpool,
    private readonly onError: (error: unknown) => void,
  ) {}

  /** What a process before has left. */
  async load(): Promise<SpooledBatches[]> {
    let loaded: SpooledBatches[] = [];
    await this.#inTurn(async () => {
      loaded = await this.spool.load(this.onError);
    });
    return loaded;
  }

  /** Takes the place of what was put for the same file. */
  put(batches: SpooledBatches): void {
    this.#unwritten.set(batches.file, batches);
  }

  /** Writes what was put, and shows that the owner lives. */
  async write(): Promise<void> {
    await this.#inTurn(async () => this.spool.refresh());
    await this.#inTurn(async () => {
      for (const [file, batches] of this.#unwritten) {
        await this.spool.write(batches);
        if (this.#unwritten.get(file) === batches) this.#unwritten.delete(file);
      }
    });
  }

  async remove(file: string): Promise<void> {
    this.#unwritten.delete(file);
    await this.#inTurn(async () => this.spool.remove(file));
  }

  /** Lets another counter have the folder, after all that was asked before. */
  async leave(): Promise<void> {
    await this.#inTurn(async () => this.spool.leave());
  }

  async settled(): Promise<void> {
    await this.#turn;
  }

  async #inTurn(work: () => Promise<void>): Promise<void> {
    this.#turn = this.#turn.then(work).catch(this.onError);
    await this.#turn;
  }
}
