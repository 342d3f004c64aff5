import type { Readable } from 'node:stream';
import { StreamableFile } from '@nestjs/common';

/**
 * An answer that is too large to be written at once. What is kept for a repeated call is not its text, but what it can
 * be made of again.
 */
export class StreamedBody extends StreamableFile {
  constructor(
    stream: Readable,
    type: string,
    readonly kept: object,
  ) {
    super(stream, { type });
  }
}

/** Makes a streamed body again, of what was kept of it. */
export interface StreamedBodies {
  again(kept: object): object;
}

const MARK = '$streamed';

/** The body of an answer as JSON that can be kept. */
export function recordedBody(body: object | null): object | null {
  return body instanceof StreamedBody ? { [MARK]: body.kept } : body;
}

/** What was kept of a streamed body; null: the body is what was kept. */
export function recordedStreamBody(body: object | null): object | null {
  return body !== null && MARK in body ? (body[MARK] as object) : null;
}
