import Assembler from 'stream-json/core/assembler.js';
import { jsonParser, type Token } from 'stream-json/core/parser.js';
import type { Splitter } from '../../bodies/batches.js';
import { LineSplitter } from '../../bodies/item-splitters.js';
import { Failure, invalid } from '../../core/failure.js';
import { isInexactInteger } from '../../core/ingest/json-cursor.js';
import { isObject, quoted } from '../../core/json-shape.js';
import { rowTooLong, type UploadRows } from './upload-rows.js';

/** As deep as any other JSON body may be; `JSON.stringify` calls itself for each level. */
const MAX_DEPTH = 64;
const MEMBERS = 'members';
/** Digits that a double may not hold: they are shown as they stand. */
const LONG_NUMBER = /\d{16}/;

/** Where the rows of a body go. */
export type RowSink = Pick<UploadRows, 'take' | 'refuse' | 'count'>;

/** Cuts NDJSON into rows: ids, or objects of which `user` counts. */
export function ndjsonRows(rows: RowSink): Splitter {
  return new LineSplitter({
    take: (bytes, start, end) => takeLine(bytes.toString('utf8', start, end), rows),
    pass: () => rows.refuse('blank', ''),
    refuse: () => {
      throw rowTooLong(rows);
    },
  });
}

function takeLine(line: string, rows: RowSink): void {
  let item: unknown;
  try {
    item = JSON.parse(line);
  } catch {
    return rows.refuse('malformed_json', line);
  }
  takeItem(item, rows, () => (LONG_NUMBER.test(line) || isDeep(item, MAX_DEPTH) ? line.trim() : JSON.stringify(item)));
}

/** Whether lists and objects are nested in more than `levels` levels. */
function isDeep(value: unknown, levels: number): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return levels === 0 || Object.values(value).some((inner) => isDeep(inner, levels - 1));
}

/** Cuts a JSON body into rows, as it comes: a list of ids or objects, or an object with such a list as `members`. */
export class JsonRows implements Splitter {
  readonly #parse = jsonParser({ streamValues: false });
  readonly #list: JsonList;

  constructor(private readonly rows: RowSink) {
    this.#list = new JsonList(rows);
  }

  /** @throws Failure malformed_body, invalid_field, body_too_complex */
  push(piece: Buffer): void {
    this.#read(piece.toString('utf8'));
  }

  /** @throws Failure malformed_body */
  finish(): void {
    // The parser hands a number or a word at the end on only when something follows.
    this.#read('\n');
    if (!this.#list.isComplete) throw this.#malformed('it ends too early');
  }

  #read(text: string): void {
    for (const token of this.#tokens(text)) this.#list.push(token);
  }

  #tokens(text: string): readonly Token[] {
    try {
      const tokens = this.#parse(text);
      return typeof tokens === 'symbol' ? [] : tokens.values;
    } catch (error) {
      throw this.#malformed((error as Error).message.replace(/^Parser (cannot parse input: )?/, ''));
    }
  }

  #malformed(why: string): Failure {
    const { count } = this.rows;
    return new Failure('malformed_body', `The body is not valid JSON, somewhere after ${count} items: ${why}.`);
  }
}

/**
 * Finds the list in the tokens of a JSON text and puts its items together, one at a time; what stands beside it in an
 * object is passed over.
 */
class JsonList {
  #depth = 0;
  #key = '';
  #hasList = false;
  /** How deep the items stand; 0: not in the list. */
  #itemDepth = 0;
  readonly #item = new Assembler();

  constructor(private readonly rows: RowSink) {}

  /** The text has had its end. */
  get isComplete(): boolean {
    return this.#hasList && this.#depth === 0;
  }

  /** @throws Failure invalid_field, body_too_complex */
  push(token: Token): void {
    if (isEnd(token)) this.#depth -= 1;
    if (this.#itemDepth === 0) this.#beside(token);
    else if (this.#depth < this.#itemDepth) this.#itemDepth = 0;
    else this.#part(token);
    if (isStart(token)) this.#enter();
  }

  #enter(): void {
    this.#depth += 1;
    if (this.#depth <= MAX_DEPTH) return;
    throw new Failure('body_too_complex', `The body is nested deeper than ${MAX_DEPTH} levels. Send a list of users.`);
  }

  #beside(token: Token): void {
    if (this.#depth === 0) {
      if (token.name === 'startArray') this.#begin();
      else if (token.name !== 'startObject' && !this.#hasList) throw noList('', valueOf(token));
    } else if (this.#depth === 1) this.#field(token);
  }

  /** In the object that is the body. */
  #field(token: Token): void {
    if (token.name === 'keyValue') {
      this.#key = token.value;
      if (this.#key === MEMBERS && this.#hasList)
        throw invalid('invalid_field', `/${MEMBERS}`, 'The body has `members` twice. Send one list.');
    } else if (this.#key === MEMBERS) {
      if (token.name !== 'startArray') throw noList(`/${MEMBERS}`, valueOf(token));
      this.#begin();
    }
  }

  #begin(): void {
    this.#hasList = true;
    this.#itemDepth = this.#depth + 1;
  }

  /** The assembler keeps what it is given for a text as it is. */
  #consume(token: Token): void {
    const isNumber = token.name === 'numberValue';
    this.#item.consume(isNumber ? { name: 'stringValue', value: scalarOf(token) as string } : token);
  }

  #part(token: Token): void {
    if (this.#depth > this.#itemDepth || isStart(token)) this.#consume(token);
    else if (isEnd(token)) takeItem(this.#item.consume(token).current, this.rows);
    else takeItem(valueOf(token), this.rows);
  }
}

function isStart({ name }: Token): boolean {
  return name === 'startArray' || name === 'startObject';
}

function isEnd({ name }: Token): boolean {
  return name === 'endArray' || name === 'endObject';
}

/** Of a list or an object only which of them it is. */
function valueOf(token: Token): unknown {
  if ('value' in token) return scalarOf(token);
  return token.name.endsWith('Array') ? [] : {};
}

function noList(pointer: string, value: unknown): Failure {
  const detail = `The body is a list of user ids, ["a", "b"], or {"members": [...]}, not ${quoted(value)}. An item may be an object with a "user", too.`;
  return invalid('invalid_field', pointer, detail);
}

/**
 * The row of one item of JSON: an id, or an object of which `user` counts. `spell` tells what stands in a row that
 * names nobody.
 */
function takeItem(
  item: unknown,
  rows: Pick<UploadRows, 'take' | 'refuse'>,
  spell: (item: unknown) => string = spelledJson,
): void {
  if (typeof item === 'string') return rows.take(item);
  if (item instanceof LongNumber || !isObject(item)) return rows.refuse('not_a_text', spell(item));
  const { user } = item;
  if (typeof user === 'string') return rows.take(user);
  rows.refuse(user === undefined ? 'missing_user' : 'not_a_text', spell(item));
}

const MARK = '\u0001';
const MARKED = /"\\u0001(-?[\d.]+)\\u0001"/g;

/**
 * A number whose digits no double holds, kept as they stand: a message must show the id that was sent, not its
 * neighbour.
 */
class LongNumber {
  constructor(private readonly literal: string) {}

  toJSON(): string {
    return MARK + this.literal + MARK;
  }
}

/** The value of a token of a scalar. */
function scalarOf(token: Extract<Token, { value: unknown }>): unknown {
  if (token.name !== 'numberValue') return token.value;
  const number = Number(token.value);
  return isInexactInteger(token.value, number) ? new LongNumber(token.value) : number;
}

/** JSON of a value, its long numbers as they stood. */
function spelledJson(value: unknown): string {
  return JSON.stringify(value).replaceAll(MARKED, '$1');
}
