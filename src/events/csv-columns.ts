import { Failure } from '../core/failure.js';
import { ITEM_LIMITS } from '../core/ingest/rejection.js';

const FIELDS: readonly string[] = ['id', 'user', 'event', 'time'];
const REQUIRED: readonly string[] = ['user', 'event', 'time'];
const TYPES: readonly string[] = ['number', 'boolean'];

export type CellType = 'text' | 'number' | 'boolean';

/** What a column of a CSV body holds: a field of the event or one of its properties. */
export interface CsvColumn {
  readonly name: string;
  readonly isProperty: boolean;
  readonly type: CellType;
}

/**
 * Reads the header: `id`, `user`, `event`, `time`, and any other column as a property, `name`, `name:number` or `name:boolean`.
 *
 * @throws Failure invalid_field, naming the column
 */
export function csvColumns(header: readonly string[]): CsvColumn[] {
  const columns = header.map(columnOf);
  columns.forEach((column, at) => refuseDouble(columns, column, at));
  const missing = REQUIRED.find((name) => !columns.some((column) => !column.isProperty && column.name === name));
  if (missing !== undefined)
    throw wrong(`The header lacks the column "${missing}"; it must have user, event and time.`);
  return columns;
}

function columnOf(title: string): CsvColumn {
  if (FIELDS.includes(title)) return { name: title, isProperty: false, type: 'text' };
  const colon = title.lastIndexOf(':');
  const name = colon < 0 ? title : title.slice(0, colon);
  const type = colon < 0 ? 'text' : title.slice(colon + 1);
  const length = Array.from(name).length;
  if (length < 1 || length > ITEM_LIMITS.keyCharacters) {
    throw wrong(`The column ${shown(title)} must have a name of 1 to ${ITEM_LIMITS.keyCharacters} characters.`);
  }
  if (name.includes('\0')) throw wrong(`The name of the column ${shown(title)} holds a NUL character; leave it out.`);
  if (colon < 0) return { name, isProperty: true, type: 'text' };
  if (!TYPES.includes(type)) {
    throw wrong(
      `The column ${shown(title)} has no known type: write "name:number", "name:boolean", or no colon for text.`,
    );
  }
  return { name, isProperty: true, type: type as CellType };
}

function refuseDouble(columns: readonly CsvColumn[], column: CsvColumn, at: number): void {
  const first = columns.findIndex((other) => other.name === column.name && other.isProperty === column.isProperty);
  if (first < at) throw wrong(`The column ${shown(column.name)} stands twice in the header; send it once.`);
}

function shown(title: string): string {
  return JSON.stringify(title.slice(0, 100));
}

function wrong(detail: string): Failure {
  return new Failure('invalid_field', detail, [{ pointer: '', detail }]);
}
