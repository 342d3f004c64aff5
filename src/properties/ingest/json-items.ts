import { Failure, invalid } from '../../core/failure.js';
import { ITEM_LIMITS } from '../../core/ingest/rejection.js';
import type { ItemCollector } from './item-collector.js';
import type { FilledBatch, RowBatch } from './row-batch.js';
import { refuseAnyRejected } from './strict.js';

const QUOTE = 0x22;
const BACKSLASH = 0x5c;
const COMMA = 0x2c;
const OPEN_ARRAY = 0x5b;
const CLOSE_ARRAY = 0x5d;
const OPEN_OBJECT = 0x7b;
const CLOSE_OBJECT = 0x7d;

/**
 * The one batch of a JSON array. `isStrict`: all of it or nothing.
 *
 * @throws Failure malformed_body; invalid_field where it is no array; strict_batch_rejected
 */
export function arrayBatches<B extends RowBatch>(
  bytes: Buffer,
  isStrict: boolean,
  collector: ItemCollector<B>,
): FilledBatch<B>[] {
  takeJsonItems(bytes, collector);
  if (isStrict) refuseAnyRejected(collector);
  return [collector.cut()];
}

/**
 * Hands the items of a JSON array on as they stand in its text: a parsed item would have lost its double names. `bytes` is valid UTF-8 within
 * the limits of JSON bodies.
 *
 * @throws Failure malformed_body; invalid_field where it is no array
 */
export function takeJsonItems(bytes: Buffer, collector: Pick<ItemCollector<RowBatch>, 'take' | 'refuse'>): void {
  if (!Array.isArray(parse(bytes))) {
    throw invalid('invalid_field', '', 'The body must be a JSON array of items. Send one item as an array of one.');
  }
  let depth = 0;
  let start = -1;
  const finish = (end: number): void => {
    if (start >= 0) take(bytes, start, end, collector);
    start = -1;
  };
  for (let at = 0; at < bytes.length; at++) {
    const byte = bytes[at] ?? 0;
    if (depth === 1 && start < 0 && byte > 0x20 && byte !== CLOSE_ARRAY) start = at;
    if (byte === QUOTE) at = endOfText(bytes, at);
    else if (byte === OPEN_ARRAY || byte === OPEN_OBJECT) depth++;
    else if (byte === COMMA && depth === 1) finish(at);
    else if ((byte === CLOSE_ARRAY || byte === CLOSE_OBJECT) && --depth === 0) finish(at);
  }
}

function take(
  bytes: Buffer,
  start: number,
  end: number,
  collector: Pick<ItemCollector<RowBatch>, 'take' | 'refuse'>,
): void {
  if (end - start > ITEM_LIMITS.itemBytes) collector.refuse('item_too_long');
  else collector.take(bytes, start, end);
}

/** Index of the closing quote of a text that is known to have one. */
function endOfText(bytes: Buffer, start: number): number {
  let at = start + 1;
  while (bytes[at] !== QUOTE) at += bytes[at] === BACKSLASH ? 2 : 1;
  return at;
}

function parse(bytes: Buffer): unknown {
  try {
    return JSON.parse(bytes.toString('utf8'));
  } catch (error) {
    throw new Failure('malformed_body', `The body is not valid JSON: ${(error as SyntaxError).message}`);
  }
}
