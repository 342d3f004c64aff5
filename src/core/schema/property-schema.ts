import { MAX_EXAMPLES, type TallyEntry, type ValueName } from '../ingest/batch-tally.js';

/**
 * An event (`key` null), a property of an event by its type, or a trait (`event` null) by its type, over all batches
 * that count. Instants are UTC milliseconds.
 */
export interface SchemaEntry {
  readonly event: string | null;
  readonly key: string | null;
  readonly type: ValueName | null;
  readonly count: number;
  readonly firstMs: number;
  readonly lastMs: number;
  readonly examples: readonly (string | number | boolean)[];
}

/** What has come in up to a data version. `isWhole`: nothing was left out, so what is not there has not come in. */
export interface PropertySchema {
  readonly dataVersion: number;
  readonly isWhole: boolean;
  readonly entries: ReadonlyMap<string, SchemaEntry>;
}

export const NO_SCHEMA: PropertySchema = { dataVersion: 0, isWhole: true, entries: new Map() };

/** The sum of what was known and what later batches hold; examples of the later ones come first. */
export function addUp(
  before: PropertySchema,
  later: readonly SchemaEntry[],
  dataVersion: number,
  isWhole = true,
): PropertySchema {
  const entries = new Map(before.entries);
  for (const entry of later) {
    const key = JSON.stringify([entry.event, entry.key, entry.type]);
    const known = entries.get(key);
    entries.set(key, known === undefined ? entry : joined(known, entry));
  }
  return { dataVersion, isWhole: before.isWhole && isWhole, entries };
}

/** Of a tally; traits came at `receivedMs`. */
export function entriesOf(entries: readonly TallyEntry[], receivedMs: number): SchemaEntry[] {
  return entries.map(([event, key, type, count, firstMs, lastMs, examples]) => {
    return { event, key, type, count, firstMs: firstMs ?? receivedMs, lastMs: lastMs ?? receivedMs, examples };
  });
}

function joined(a: SchemaEntry, b: SchemaEntry): SchemaEntry {
  return {
    ...a,
    count: a.count + b.count,
    firstMs: Math.min(a.firstMs, b.firstMs),
    lastMs: Math.max(a.lastMs, b.lastMs),
    examples: [...new Set([...b.examples, ...a.examples])].slice(0, MAX_EXAMPLES),
  };
}
