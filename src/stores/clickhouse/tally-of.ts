import { MAX_ENTRIES, shortened, type Tally, type TallyEntry, type ValueName } from '../../core/ingest/batch-tally.js';
import type { TallyRow } from '../../sql/ingest/batch-tally.js';

/** A tally as a batch itself would make it. */
export function tallyOf(rows: readonly TallyRow[]): Tally {
  return { entries: rows.slice(0, MAX_ENTRIES).map(entryOf), isWhole: rows.length <= MAX_ENTRIES };
}

function entryOf({ event, key, type, count, first_ms: first, last_ms: last, examples }: TallyRow): TallyEntry {
  if (event === '') return [null, key, type as ValueName, count, null, null, examples.map((one) => valueOf(one, type))];
  if (key === '') return [event, null, null, count, first, last, []];
  return [event, key, type as ValueName, count, first, last, examples.map((one) => valueOf(one, type))];
}

function valueOf(text: string, type: string): string | number | boolean {
  if (type === 'number') return Number(text);
  return type === 'boolean' ? text === 'true' : shortened(text);
}
