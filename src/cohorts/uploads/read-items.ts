import { Failure, invalid } from '../../core/failure.js';
import { isObject, quoted } from '../../core/json-shape.js';
import { LineSplitter } from '../../properties/ingest/ndjson-lines.js';
import { rowTooLong, shortRows } from './short-rows.js';
import type { UploadRows } from './upload-rows.js';

/** Rows of NDJSON: ids, or objects of which `user` counts. Each step is a good moment to store what there is. */
export async function* readLines(chunks: AsyncIterable<Buffer>, rows: UploadRows): AsyncGenerator<void> {
  const lines = new LineSplitter({
    take: (bytes, start, end) => takeLine(bytes.toString('utf8', start, end), rows),
    pass: () => rows.refuse('blank', ''),
    refuse: () => {
      throw rowTooLong(rows);
    },
  });
  for await (const chunk of shortRows(chunks, rows)) {
    lines.push(chunk);
    yield;
  }
  lines.finish();
}

/**
 * Rows of a JSON body: a list of ids or objects, or an object with such a list as `members`.
 * @throws Failure malformed_body, invalid_field
 */
export function* readJson(bytes: Buffer, rows: UploadRows): Generator<void> {
  for (const item of itemsOf(parse(bytes))) {
    takeItem(item, rows);
    if (rows.isFull) yield;
  }
}

function takeLine(line: string, rows: UploadRows): void {
  let item: unknown;
  try {
    item = JSON.parse(line);
  } catch {
    return rows.refuse('malformed_json', line);
  }
  takeItem(item, rows);
}

function takeItem(item: unknown, rows: UploadRows): void {
  if (typeof item === 'string') return rows.take(item);
  if (!isObject(item)) return rows.refuse('not_a_text', JSON.stringify(item));
  const { user } = item;
  if (typeof user === 'string') return rows.take(user);
  rows.refuse(user === undefined ? 'missing_user' : 'not_a_text', JSON.stringify(item));
}

function itemsOf(body: unknown): readonly unknown[] {
  const items = isObject(body) ? body['members'] : body;
  if (Array.isArray(items)) return items;
  const detail = `The body is a list of user ids, ["a", "b"], or {"members": [...]}, not ${quoted(body)}. An item may be an object with a "user", too.`;
  throw invalid('invalid_field', isObject(body) && 'members' in body ? '/members' : '', detail);
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new Failure('malformed_body', `The body is not valid JSON: ${(error as SyntaxError).message}`);
  }
}
