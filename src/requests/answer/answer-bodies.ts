import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { JSON_MEDIA_TYPE } from '../../platform/http/media-types.js';
import { StreamedBody, type StreamedBodies } from '../../properties/idempotency/streamed-body.js';
import { AnswerChunks, type StoredParts } from './answer-chunks.js';
import { answerText } from './answer-text.js';
import type { AnswerDto } from './answer.dto.js';

/** An answer as it is told. With `parts` these are stored apart, and `answer` is without them. */
export interface AnswerOrHead {
  readonly answer: AnswerDto;
  readonly parts: StoredParts | null;
}

/** What a handler returns for an answer: the object itself where it is small, else its JSON in pieces. */
export type AnswerBody = AnswerDto | StreamedBody;

/** Writes answers, whatever their size. */
@Injectable()
export class AnswerBodies implements StreamedBodies {
  constructor(private readonly chunks: AnswerChunks) {}

  /** What JSON is to be written of: the object, or its text in pieces. */
  data({ answer, parts }: AnswerOrHead): AnswerDto | AsyncIterable<string> {
    if (parts === null) return answer;
    const { chunks } = this;
    return answerText(answer, parts.sizes, {
      text: (part) => chunks.text(parts, part),
      lines: (part) => chunks.lines(parts, part),
    });
  }

  body(reported: AnswerOrHead): AnswerBody {
    const data = this.data(reported);
    if (!(Symbol.asyncIterator in data)) return data;
    // One piece is read ahead: a reader that takes its time holds no more.
    const stream = Readable.from(data, { highWaterMark: 1 });
    return new StreamedBody(stream, `${JSON_MEDIA_TYPE}; charset=utf-8`, {
      answer: reported.answer,
      parts: reported.parts,
    });
  }

  /** The same again, of what was kept for a repeated call. */
  again(kept: object): AnswerBody {
    return this.body(kept as AnswerOrHead);
  }
}
