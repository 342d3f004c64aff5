import { Failure } from '../../core/failure.js';
import { UPLOAD_LIMITS } from '../../core/upload/upload-row.js';
import { PIECE_BYTES } from '../../properties/ingest/decoded.js';
import type { UploadRows } from './upload-rows.js';

/**
 * Passes a body on as long as its rows end: one without an end is refused when it is too long, not when it is over.
 * @throws Failure body_too_large
 */
export async function* shortRows(
  chunks: AsyncIterable<Buffer>,
  rows: Pick<UploadRows, 'count'>,
): AsyncGenerator<Buffer> {
  let [last, pending] = [0, 0];
  for await (const chunk of chunks) {
    pending = rows.count === last ? pending + chunk.length : chunk.length;
    last = rows.count;
    // What went before may have ended a row in its middle.
    if (pending > UPLOAD_LIMITS.rowBytes + 2 * PIECE_BYTES) throw rowTooLong(rows);
    yield chunk;
  }
}

export function rowTooLong({ count }: Pick<UploadRows, 'count'>): Failure {
  const { rowBytes } = UPLOAD_LIMITS;
  const detail = `Row ${count + 1} has more than ${rowBytes} bytes. Send a user a line.`;
  return new Failure('body_too_large', detail, [], { limit_bytes: rowBytes });
}
