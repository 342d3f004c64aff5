import { BodyNotes } from '../../src/core/ingest/body-notes.js';
import type { ItemForm } from '../../src/core/ingest/item-readers.js';

/** Items as they are written where the query says nothing. */
export function plainForm(latestMs: number = Date.now() + 86_400_000): ItemForm {
  return {
    latestMs,
    times: { format: 'rfc3339', clock: null, dateClock: null },
    nested: 'reject',
    refusedUsers: new Set(),
    notes: new BodyNotes(),
  };
}
