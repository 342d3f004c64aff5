import type { Splitter } from '../bodies/batches.js';
import type { ItemFaults } from '../core/ingest/item-faults.js';
import type { IngestBody } from '../properties/ingest/ingest-body.js';
import type { ItemCollector, RowBatch } from '../properties/ingest/item-collector.js';

/** What became of an item of a body so far: it is to be stored, as JSON; it has faults; or it is none of those. */
export type CollectedItem = string | ItemFaults | null;

/** Items that are made by the program, as a body that is taken like any other; indexes are their places. */
export class CollectedBody implements IngestBody {
  readonly pieces = [Buffer.alloc(0)];

  constructor(private readonly items: readonly CollectedItem[]) {}

  splitter(collector: ItemCollector<RowBatch>): Splitter {
    const push = (): void => {
      for (const item of this.items) {
        if (item === null) collector.pass();
        else if (typeof item === 'string') takeText(collector, item);
        else collector.refuseFaults(item);
      }
    };
    return { push, finish: () => undefined };
  }
}

function takeText(collector: ItemCollector<RowBatch>, text: string): void {
  const bytes = Buffer.from(text);
  collector.take(bytes, 0, bytes.length);
}
