import { LineSplitter } from '../../properties/ingest/ndjson-lines.js';
import { rowTooLong, shortRows } from './short-rows.js';
import { takeItem } from './take-item.js';
import type { UploadRows } from './upload-rows.js';

/** Deeper than any item that is worth spelling: `JSON.stringify` calls itself for each level. */
const MAX_DEPTH = 64;

/** Digits that a double may not hold: they are shown as they stand. */
const LONG_NUMBER = /\d{16}/;

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

function takeLine(line: string, rows: UploadRows): void {
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
