import Assembler from 'stream-json/core/assembler.js';
import type { Token } from 'stream-json/core/parser.js';
import { Failure, invalid } from '../../core/failure.js';
import { quoted } from '../../core/json-shape.js';
import { scalarOf } from './long-number.js';
import { takeItem } from './take-item.js';
import type { UploadRows } from './upload-rows.js';

/** As deep as any other JSON body may be. */
const MAX_DEPTH = 64;
const MEMBERS = 'members';

/** Where the items of a list go. */
export type ItemSink = Pick<UploadRows, 'take' | 'refuse' | 'count'>;

/** Finds the list in the tokens of a JSON text and puts its items together, one at a time; what stands beside it in an object is passed over. */
export class JsonList {
  #depth = 0;
  #key = '';
  #hasList = false;
  /** How deep the items stand; 0: not in the list. */
  #itemDepth = 0;
  readonly #item = new Assembler();

  constructor(private readonly rows: ItemSink) {}

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
