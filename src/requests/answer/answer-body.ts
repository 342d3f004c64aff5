import { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import type { GrantSet } from '../../core/access/grants.js';
import { withoutPeople } from '../../core/access/without-people.js';
import { JSON_MEDIA_TYPE } from '../../platform/http/raw-body.js';
import { StreamedBody, type StreamedBodies } from '../../properties/idempotency/streamed-body.js';
import { AnswerChunks, type StoredParts } from '../run/answer-chunks.js';
import type { AnswerDto } from './answer.dto.js';
import type { AnswerPart, PartSizes } from '../../core/request/result-chunks.js';

/** An answer that can be sent. Where `parts` is not null, these are stored beside it, and `answer` is without them. */
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

  /**
   * What JSON is to be written of: the object, or its text in pieces. Null `grants`: of who is answered again.
   */
  data({ answer: whole, parts }: AnswerOrHead, grants: GrantSet | null): AnswerDto | AsyncIterable<string> {
    const answer = grants?.has('people:read') === false ? (withoutPeople(whole) as AnswerDto) : whole;
    if (parts === null) return answer;
    const { chunks } = this;
    return answerText(answer, parts.sizes, {
      text: (part) => chunks.text(parts, part),
      lines: (part) => chunks.lines(parts, part),
    });
  }

  /** `grants`: of the caller in the property. */
  body(reported: AnswerOrHead, grants: GrantSet | null): AnswerBody {
    const data = this.data(reported, grants);
    if (!(Symbol.asyncIterator in data)) return data;
    // One piece is read ahead: a reader that takes its time holds no more.
    const stream = Readable.from(data, { highWaterMark: 1 });
    return new StreamedBody(stream, `${JSON_MEDIA_TYPE}; charset=utf-8`, {
      answer: reported.answer,
      parts: reported.parts,
    });
  }

  /** The body of a repeated call, from what was stored of the first one. */
  again(stored: object): AnswerBody {
    return this.body(stored as AnswerOrHead, null);
  }
}

/** Characters that are put together before they are handed on. */
const PIECE_CHARACTERS = 65_536;

/** The parts of an answer, as they are stored. */
export interface PartsReader {
  text(part: AnswerPart): AsyncIterable<string>;
  /** Its items, some at a time. */
  lines(part: AnswerPart): AsyncIterable<readonly string[]>;
}

/**
 * The JSON of an answer whose parts stand apart, as `JSON.stringify` would write it, in pieces: nothing is parsed, and
 * no more than a piece is held.
 */
export async function* answerText(head: AnswerDto, sizes: PartSizes, parts: PartsReader): AsyncGenerator<string> {
  let text = '{';
  for (const [i, [name, value]] of Object.entries(head).entries()) {
    text += `${i === 0 ? '' : ','}${JSON.stringify(name)}:`;
    if (!isPart(name)) {
      text += JSON.stringify(value);
      continue;
    }
    yield text;
    text = '';
    yield* partText(name, sizes, parts);
  }
  yield `${text}}`;
}

function isPart(name: string): name is 'aggregates' | 'series' | 'breakdown' {
  return name === 'aggregates' || name === 'series' || name === 'breakdown';
}

async function* partText(
  name: 'aggregates' | 'series' | 'breakdown',
  sizes: PartSizes,
  parts: PartsReader,
): AsyncGenerator<string> {
  if (sizes[name] === undefined) {
    yield 'null';
  } else if (name === 'aggregates') {
    yield* parts.text(name);
  } else {
    yield '[';
    yield* name === 'series' ? listText(parts.text(name)) : inPieces(groups(sizes, parts));
    yield ']';
  }
}

/** Lines as the items of a list. JSON has no line breaks of its own. */
async function* listText(text: AsyncIterable<string>): AsyncGenerator<string> {
  for await (const piece of text) yield piece.replaceAll('\n', ',');
}

/** Each group with its points, of which all have as many. */
async function* groups(sizes: PartSizes, parts: PartsReader): AsyncGenerator<string> {
  const size = sizes['breakdown/series'];
  const each = size ? size.items / (sizes.breakdown?.items ?? 1) : 0;
  const points = oneByOne(parts.lines('breakdown/series'));
  let isFirst = true;
  for await (const group of oneByOne(parts.lines('breakdown'))) {
    yield `${isFirst ? '' : ','}${group.slice(0, -1)},"series":${size ? '[' : 'null}'}`;
    isFirst = false;
    if (!size) continue;
    for (let i = 0; i < each; i += 1) {
      const { value, done } = await points.next();
      if (done) throw new Error('a group lacks points');
      yield i === 0 ? value : `,${value}`;
    }
    yield ']}';
  }
}

/** The items of a part. */
export async function* oneByOne(lines: AsyncIterable<readonly string[]>): AsyncGenerator<string, undefined> {
  for await (const some of lines) yield* some;
}

async function* inPieces(texts: AsyncIterable<string>): AsyncGenerator<string> {
  let piece = '';
  for await (const text of texts) {
    piece += text;
    if (piece.length < PIECE_CHARACTERS) continue;
    yield piece;
    piece = '';
  }
  yield piece;
}
