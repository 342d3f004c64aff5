import { appendFileSync } from 'node:fs';
import pg from 'pg';

// Loaded into a program by `--import`: every statement that it sends to PostgreSQL is appended to the file that
// BENCH_TRACE names, a line of JSON each, with the instant in ms at which it was sent.

const file = process.env['BENCH_TRACE'];

interface Submitted {
  readonly text?: string;
}

if (file !== undefined) {
  const prototype = pg.Client.prototype as unknown as { query: (...args: unknown[]) => unknown };
  const { query } = prototype;
  prototype.query = function traced(this: unknown, ...args: unknown[]): unknown {
    const [first] = args;
    const text = typeof first === 'string' ? first : ((first as Submitted | undefined)?.text ?? '');
    const line = { at: performance.timeOrigin + performance.now(), text: text.replaceAll(/\s+/g, ' ').trim() };
    appendFileSync(file, `${JSON.stringify(line)}\n`);
    return query.apply(this, args);
  };
}
