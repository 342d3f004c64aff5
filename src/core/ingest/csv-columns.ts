import { Failure, invalidParameter } from '../failure.js';
import { DELIMITERS, type Delimiter } from './csv-scanner.js';
import { ITEM_LIMITS } from './rejection.js';
import { TextSpan } from './text-span.js';

/**
 * How a CSV body names what is in its columns. Columns are named without regard to case and blanks around them, or by
 * their number, from 1.
 */
export interface CsvParameters {
  readonly delimiter: Delimiter;
  /** The column of a field, by the field's name; a field that is not here has the column of its own name. */
  readonly fields: Readonly<Record<string, string | undefined>>;
  /** The same text in every row for a field, by the field's name. */
  readonly constants: Readonly<Record<string, string | undefined>>;
  readonly number: readonly string[];
  readonly boolean: readonly string[];
  readonly ignore: readonly string[];
}

/** What the rows of a body are to become. */
export interface CsvShape {
  readonly fields: readonly { readonly name: string; readonly isRequired: boolean }[];
  /** The parameter that names the column of a field, or its text; the field's own name unless it is here. */
  readonly constantParameters: Readonly<Record<string, string>>;
}

export type CellType = 'text' | 'number' | 'boolean';

/** A column that is a property or a trait. */
export interface ValueColumn {
  readonly at: number;
  readonly key: TextSpan;
  readonly name: string;
  readonly type: CellType;
}

export interface CsvColumns {
  /** Cells of a row. */
  readonly count: number;
  /** Where the fields stand, in the order of the shape; null: nowhere. */
  readonly fields: readonly (number | null)[];
  readonly values: readonly ValueColumn[];
}

const TYPES: readonly CellType[] = ['text', 'number', 'boolean'];
const SHOWN_COLUMNS = 30;
const SHOWN_CHARACTERS = 50;

/**
 * Reads the header of a CSV body: the columns of the fields, and every other one as a value, `name`, `name:text`,
 * `name:number` or `name:boolean`.
 *
 * @throws Failure invalid_field (422) for what the header lacks, invalid_parameter for a parameter that names a column
 * that is not there
 */
export function csvColumns(header: readonly string[], requested: CsvParameters, shape: CsvShape): CsvColumns {
  const names = header.map((title) => title.trim());
  if (names.length === 1) refuseOtherDelimiter(names[0] ?? '', requested.delimiter);
  const fields = shape.fields.map(({ name }) => fieldColumn(names, name, requested));
  const missing = shape.fields.filter(
    ({ name, isRequired }, at) => isRequired && fields[at] === null && requested.constants[name] === undefined,
  );
  if (missing.length > 0)
    throw lacks(
      missing.map(({ name }) => name),
      names,
      shape,
    );
  const taken = new Set([...fields, ...listedColumns(names, requested, 'ignore')]);
  const types = new Map<number, CellType>();
  for (const type of ['number', 'boolean'] as const)
    for (const at of listedColumns(names, requested, type)) types.set(at, type);
  const values = names.flatMap((title, at) => (taken.has(at) ? [] : [valueColumn(title, at, types.get(at))]));
  for (const [at, { name }] of values.entries()) {
    if (values.findIndex((other) => other.name === name) < at)
      throw wrong(
        `The column ${shown(name)} stands twice in the header. Give one another name, or leave one out by ignore=, by its number.`,
      );
  }
  return { count: names.length, fields, values };
}

function fieldColumn(names: readonly string[], field: string, requested: CsvParameters): number | null {
  const named = requested.fields[field];
  if (named !== undefined) return namedColumn(names, named, field);
  if (requested.constants[field] !== undefined) return null;
  const found = columnsOf(names, field);
  if (found.length > 1)
    throw wrong(
      `The header has ${found.length} columns for ${shown(field)}. Say which by ${field}=, by its number, from 1.`,
    );
  return found[0] ?? null;
}

function listedColumns(
  names: readonly string[],
  requested: CsvParameters,
  parameter: 'number' | 'boolean' | 'ignore',
): number[] {
  return requested[parameter].map((name) => namedColumn(names, name, parameter));
}

/** @throws Failure invalid_parameter */
export function namedColumn(names: readonly string[], name: string, parameter: string): number {
  const found = columnsOf(names, name);
  const [first] = found;
  if (found.length === 1 && first !== undefined) return first;
  const number = /^[1-9]\d{0,5}$/.test(name) && found.length === 0 ? Number(name) : NaN;
  if (number <= names.length) return number - 1;
  const what = found.length > 1 ? `has ${found.length} columns` : 'has no column';
  const detail = `The header ${what} ${shown(name)}; it has ${listedNames(names)}. Name one of them, or give its number, from 1.`;
  throw invalidParameter(parameter, detail);
}

/** Columns of exactly that name, or else those that differ in case and blanks only. */
function columnsOf(names: readonly string[], name: string): number[] {
  const wanted = name.trim();
  const all = [...names.keys()];
  const exact = all.filter((at) => names[at]?.trim() === wanted);
  return exact.length > 0 ? exact : all.filter((at) => names[at]?.trim().toLowerCase() === wanted.toLowerCase());
}

function valueColumn(title: string, at: number, requested: CellType | undefined): ValueColumn {
  const colon = title.lastIndexOf(':');
  const suffix =
    colon < 0
      ? ''
      : title
          .slice(colon + 1)
          .trim()
          .toLowerCase();
  const isTyped = (TYPES as readonly string[]).includes(suffix);
  if (colon >= 0 && !isTyped && requested === undefined) {
    throw wrong(
      `The column ${shown(title)} has no known type: write "name:text", "name:number" or "name:boolean", or name it in number=, boolean= or ignore=.`,
    );
  }
  const name = isTyped ? title.slice(0, colon).trim() : title;
  const length = Array.from(name).length;
  if (length < 1) throw wrong(`Column ${at + 1} has no name. Give it one, or leave it out by ignore=${at + 1}.`);
  if (length > ITEM_LIMITS.keyCharacters)
    throw wrong(`The column ${shown(title)} must have a name of 1 to ${ITEM_LIMITS.keyCharacters} characters.`);
  if (name.includes('\0')) throw wrong(`The name of the column ${shown(title)} holds a NUL character; leave it out.`);
  const key = new TextSpan();
  const bytes = Buffer.from(name);
  key.set(bytes, 0, bytes.length);
  return { at, key, name, type: requested ?? (isTyped ? (suffix as CellType) : 'text') };
}

const NAMED_DELIMITERS: readonly Delimiter[] = ['semicolon', 'tab', 'comma', 'pipe'];

/** @throws Failure invalid_field where the only column holds one of the `others`, which separate columns elsewhere */
export function refuseOtherDelimiter(
  title: string,
  delimiter: Delimiter,
  others: readonly Delimiter[] = NAMED_DELIMITERS,
): void {
  const other = others.find((name) => name !== delimiter && title.includes(DELIMITERS[name]));
  if (other === undefined) return;
  const detail = `The first row is one column, ${shown(title)}, that holds what looks like a ${other} between columns. Say delimiter=${other}.`;
  throw new Failure('invalid_field', detail, [{ parameter: 'delimiter', detail }]);
}

function lacks(fields: readonly string[], names: readonly string[], { constantParameters }: CsvShape): Failure {
  const how = fields.map((field) => {
    const constant = constantParameters[field];
    return constant === undefined ? `${field}=` : `${field}= (or ${constant}=, where it is the same in all rows)`;
  });
  const what = fields.map((field) => JSON.stringify(field)).join(' and no column ');
  return wrong(
    `The header has no column ${what}; it has ${listedNames(names)}. Say which column it is by ${how.join(' and ')}.`,
  );
}

/** The names of columns as a message may hold them. */
export function listedNames(names: readonly string[]): string {
  const some = names.slice(0, SHOWN_COLUMNS).map(shown);
  return some.join(', ') + (names.length > SHOWN_COLUMNS ? ` and ${names.length - SHOWN_COLUMNS} more` : '');
}

function shown(title: string): string {
  return JSON.stringify(
    Array.from(title.slice(0, 2 * SHOWN_CHARACTERS))
      .slice(0, SHOWN_CHARACTERS)
      .join(''),
  );
}

function wrong(detail: string): Failure {
  return new Failure('invalid_field', detail, [{ pointer: '', detail }]);
}
