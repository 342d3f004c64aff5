import { unescapeFormula } from '../formula.js';
import type { BodyNotes, TextColumn } from './body-notes.js';
import type { CsvColumns, ValueColumn } from './csv-columns.js';
import type { CsvRow } from './csv-scanner.js';
import { isInexactInteger } from './json-cursor.js';
import type { ObjectReader, TextField } from './object-reader.js';
import { ITEM_LIMITS } from './rejection.js';
import type { Scalar } from './scalar-map.js';
import { TextSpan } from './text-span.js';

const NUMBER = /^[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?$/;
const COMMA_NUMBER = /^[+-]?(\d+,?\d*|,\d+)([eE][+-]?\d+)?$/;
const NUL = 0;
/**
 * The longest word or number that is looked at; doubles need 17 digits, and the longest that is written out in full has
 * 400.
 */
const MAX_CELL = 1_000;

/** How the cells of a table are written. */
export interface CellForm {
  readonly hasCommaDecimals: boolean;
  /** Whether an apostrophe before what a spreadsheet would run was put there by an export. */
  readonly isEscaped: boolean;
}

/** Fills items from the rows of a table whose header has been read. */
export class CsvTable {
  readonly #fields: readonly { readonly index: number; readonly at: number }[];
  readonly #constants: readonly { readonly index: number; readonly text: TextSpan }[];
  /** What is noticed of each column of text. */
  readonly #noted: ReadonlyMap<ValueColumn, TextColumn>;
  readonly #cell = new TextSpan();
  /** What an item takes beside the bytes of its row. */
  readonly #extraBytes: number;

  /** `constants`: texts of fields that have no column, in the order of the fields. */
  constructor(
    readonly columns: CsvColumns,
    constants: readonly (string | undefined)[],
    private readonly form: CellForm,
    notes: BodyNotes,
  ) {
    const texts = columns.values.filter(({ type }) => type === 'text');
    this.#noted = new Map(texts.map((column) => [column, notes.column(column.name)]));
    this.#fields = columns.fields.flatMap((at, index) => (at === null ? [] : [{ index, at }]));
    this.#constants = constants.flatMap((text, index) => (text === undefined ? [] : [{ index, text: spanOf(text) }]));
    const constantBytes = this.#constants.reduce((sum, { text }) => sum + text.length, 0);
    this.#extraBytes = columns.values.reduce((sum, { key }) => sum + key.length + 8, constantBytes + 64);
  }

  /** The row as an item that is to be checked; an empty cell is absent. */
  fill(row: CsvRow, item: ObjectReader): void {
    item.clear();
    item.map.extraBytes = this.#extraBytes;
    for (const { index, at } of this.#fields) this.#field(row.at(at), item, item.fields[index]);
    for (const { index, text } of this.#constants) {
      const field = item.fields[index];
      if (field) setField(field, text);
    }
    for (const column of this.columns.values) {
      const cell = row.at(column.at);
      if (cell.length === 0) continue;
      const scalar = item.map.add();
      if (scalar === null) return;
      const { bytes, start, end } = column.key;
      scalar.key.set(bytes, start, end);
      this.#value(cell, item, column, scalar);
    }
  }

  #field(cell: TextSpan, item: ObjectReader, field: TextField | undefined): void {
    if (field === undefined || cell.length === 0) return;
    const text = this.#unescaped(cell);
    setField(field, text);
    if (!hasNul(text)) return;
    field.state = 'bad';
    item.faults.add('nul_character', [field.name]);
  }

  #value(cell: TextSpan, item: ObjectReader, column: ValueColumn, scalar: Scalar): void {
    const text = this.#unescaped(cell);
    if (column.type === 'text') this.#text(text, item, column, scalar);
    else if (column.type === 'number') this.#number(text, item, scalar);
    else this.#boolean(text, item, scalar);
  }

  #text(text: TextSpan, item: ObjectReader, column: ValueColumn, scalar: Scalar): void {
    scalar.type = 'text';
    scalar.text.set(text.bytes, text.start, text.end);
    if (text.length > ITEM_LIMITS.textBytes) item.faults.add('invalid_length', [item.mapField, scalar.key]);
    if (hasNul(text)) item.faults.add('nul_character', [item.mapField, scalar.key]);
    const noted = this.#noted.get(column);
    if (noted === undefined) return;
    noted.cells++;
    if (noted.hasOnlyNumbers) noted.hasOnlyNumbers = this.#numberOf(text) !== null;
  }

  #number(text: TextSpan, item: ObjectReader, scalar: Scalar): void {
    scalar.type = 'number';
    const literal = this.#numberOf(text);
    scalar.number = Number(literal) + 0;
    const place = [item.mapField, scalar.key];
    if (literal === null) {
      item.faults.add('invalid_cell', place, this.form.hasCommaDecimals ? 'comma_number' : 'number', text);
    } else if (!Number.isFinite(scalar.number)) item.faults.add('number_out_of_range', place, 'finite', text);
    else if (isInexactInteger(literal, scalar.number)) item.faults.add('number_out_of_range', place, 'exact', text);
  }

  #boolean(text: TextSpan, item: ObjectReader, scalar: Scalar): void {
    scalar.type = 'flag';
    const word = trimmed(text).toLowerCase();
    scalar.number = word === 'true' ? 1 : 0;
    if (word !== 'true' && word !== 'false')
      item.faults.add('invalid_cell', [item.mapField, scalar.key], 'boolean', text);
  }

  /** The digits of a number, with a point; null: it is none. */
  #numberOf(text: TextSpan): string | null {
    const literal = trimmed(text);
    if (!this.form.hasCommaDecimals) return NUMBER.test(literal) ? literal : null;
    return COMMA_NUMBER.test(literal) ? literal.replace(',', '.') : null;
  }

  #unescaped(cell: TextSpan): TextSpan {
    return this.form.isEscaped ? unescapeFormula(cell, this.#cell) : cell;
  }
}

function setField(field: TextField, { bytes, start, end }: TextSpan): void {
  field.text.set(bytes, start, end);
  field.state = 'text';
}

function hasNul({ bytes, start, end }: TextSpan): boolean {
  for (let at = start; at < end; at++) if (bytes[at] === NUL) return true;
  return false;
}

/** Blanks around a number or a word do not belong to it. */
function trimmed({ bytes, start, end }: TextSpan): string {
  return end - start > MAX_CELL ? '' : bytes.toString('utf8', start, end).trim();
}

function spanOf(text: string): TextSpan {
  const span = new TextSpan();
  const bytes = Buffer.from(text);
  span.set(bytes, 0, bytes.length);
  return span;
}
