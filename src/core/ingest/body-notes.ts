import { suspiciousId } from './suspicious-ids.js';
import type { TextSpan } from './text-span.js';

/** What a sender should know of items that were taken. Codes are stable; the table of docs/reference.md has them. */
export const INGEST_WARNINGS = {
  suspicious_user: 'ids of users that are nobody, such as undefined or null, were taken',
  numbers_as_text: 'every cell of a CSV column is a number, and was stored as text',
  nested_dropped: 'objects or lists were left out, as nested=drop asks',
} as const;
export type IngestWarningCode = keyof typeof INGEST_WARNINGS;

export interface IngestWarning {
  readonly code: IngestWarningCode;
  readonly detail: string;
  /** Of what: an id, or the name of a column; not there: of all together. */
  readonly value?: string;
  /** Items, cells, or objects and lists. */
  readonly count: number;
}

/** A text column of CSV. */
export class TextColumn {
  cells = 0;
  hasOnlyNumbers = true;

  constructor(readonly name: string) {}
}

/** What is noticed while the items of one body are taken. */
export class BodyNotes {
  readonly #nobodies = new Map<number, { readonly id: string; count: number }>();
  readonly #columns: TextColumn[] = [];
  #dropped = 0;

  /** The user of an item that is taken. */
  user(id: TextSpan): void {
    const found = suspiciousId(id);
    if (found < 0) return;
    const nobody = this.#nobodies.get(found);
    if (nobody) nobody.count++;
    else this.#nobodies.set(found, { id: id.toString(), count: 1 });
  }

  /** Objects and lists that were left out of an item that is taken. */
  dropped(count: number): void {
    this.#dropped += count;
  }

  column(name: string): TextColumn {
    const column = new TextColumn(name);
    this.#columns.push(column);
    return column;
  }

  warnings(): IngestWarning[] {
    const warnings: IngestWarning[] = [...this.#nobodies.values()].map(({ id, count }) => ({
      code: 'suspicious_user',
      detail: `${count === 1 ? 'One item names' : `${count} items name`} the user ${JSON.stringify(id)}, which is nobody: all who are sent so are one user. Send an id of their own, or have it refused by PUT .../refused-users.`,
      value: id,
      count,
    }));
    for (const { name, cells, hasOnlyNumbers } of this.#columns) {
      if (cells > 0 && hasOnlyNumbers) warnings.push(numbersAsText(name, cells));
    }
    if (this.#dropped > 0) warnings.push(nestedDropped(this.#dropped));
    return warnings;
  }
}

function numbersAsText(name: string, count: number): IngestWarning {
  const detail = `Every cell of the column ${JSON.stringify(name)} is a number, and was stored as text: metrics do not add texts up. Say number= with its name, or call it ${JSON.stringify(`${name}:number`)}.`;
  return { code: 'numbers_as_text', detail, value: name, count };
}

function nestedDropped(count: number): IngestWarning {
  const what = count === 1 ? 'One object or list was' : `${count} objects and lists were`;
  return {
    code: 'nested_dropped',
    detail: `${what} left out, as nested=drop asks. nested=flatten keeps objects.`,
    count,
  };
}
