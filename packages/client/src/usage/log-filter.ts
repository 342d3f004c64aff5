import { Transform, type TransformCallback } from 'node:stream';

const LINE_END = 0x0a;
/** A line that is longer is looked at in pieces: no more is held. */
const MAX_LINE_BYTES = 1_048_576;

/** What lines are looked for, and what happens with one that holds a pattern. */
export interface LogFilterOptions {
  /** The first that a line contains is what it counts as. */
  readonly patterns: readonly string[];
  /** Whether it is counted; the line is passed on where it is not. */
  readonly onMatch: (pattern: string) => boolean;
}

/** Lines of a log, without those that contain a pattern. Bytes pass as they are, whatever pieces they come in. */
export class LogFilter extends Transform {
  readonly #patterns: readonly (readonly [text: string, bytes: Buffer])[];
  readonly #onMatch: (pattern: string) => boolean;
  #rest: Buffer = Buffer.alloc(0);

  constructor({ patterns, onMatch }: LogFilterOptions) {
    super();
    this.#patterns = patterns.map((text) => [text, Buffer.from(text)]);
    this.#onMatch = onMatch;
  }

  override _transform(chunk: Buffer | string, encoding: BufferEncoding, done: TransformCallback): void {
    const sent = typeof chunk === 'string' ? Buffer.from(chunk, encoding) : chunk;
    const bytes = this.#rest.length === 0 ? sent : Buffer.concat([this.#rest, sent]);
    const passed: Buffer[] = [];
    let start = 0;
    for (let end = bytes.indexOf(LINE_END); end >= 0; end = bytes.indexOf(LINE_END, start)) {
      this.#look(bytes.subarray(start, end + 1), passed);
      start = end + 1;
    }
    this.#rest = bytes.subarray(start);
    if (this.#rest.length > MAX_LINE_BYTES) this.#takeRest(passed);
    done(null, passed.length === 0 ? undefined : Buffer.concat(passed));
  }

  override _flush(done: TransformCallback): void {
    const passed: Buffer[] = [];
    this.#takeRest(passed);
    done(null, passed.length === 0 ? undefined : Buffer.concat(passed));
  }

  #takeRest(passed: Buffer[]): void {
    if (this.#rest.length > 0) this.#look(this.#rest, passed);
    this.#rest = Buffer.alloc(0);
  }

  #look(line: Buffer, passed: Buffer[]): void {
    const found = this.#patterns.find(([, bytes]) => line.includes(bytes));
    if (found === undefined || !this.#onMatch(found[0])) passed.push(line);
  }
}
