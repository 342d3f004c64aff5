import { refuseTooManyBytes, type AnswerLimits } from './answer-size.js';
import type { BreakdownGroup, ColumnAggregates, RunResult } from './run-result.js';

/** The parts of an answer whose size depends on the request. */
const ANSWER_PARTS = ['aggregates', 'series', 'breakdown', 'breakdown/series'] as const;
export type AnswerPart = (typeof ANSWER_PARTS)[number];

/** How a part is stored: so many items, a line of JSON each, in so many chunks of text. */
export interface PartSize {
  readonly items: number;
  readonly chunks: number;
  /** Of a breakdown: its last group is that of all others. */
  readonly hasRest?: true;
}

/**
 * The parts that an answer has. Those of `breakdown` are without their series, which follow one another in
 * `breakdown/series`: of each group as many points.
 */
export type PartSizes = Readonly<Partial<Record<AnswerPart, PartSize>>>;

/** A piece of the text of a part: whole lines, or of a line that is longer than a chunk a piece. */
export interface AnswerChunk {
  readonly part: AnswerPart;
  /** From 0. */
  readonly number: number;
  readonly content: string;
}

/**
 * A result as it is stored: as a whole, or its `head` (no parts but the counts of `aggregates`) with chunks beside it.
 */
export interface ChunkedResult {
  readonly result: RunResult;
  /** Of its JSON, all parts included. */
  readonly bytes: number;
  /** Null: the result is whole. */
  readonly parts: PartSizes | null;
  readonly chunks: readonly AnswerChunk[];
}

/** Answers up to here stand in the row of their run: to parse and to write one costs some milliseconds. */
export const INLINE_BYTES = 262_144;

/** Characters of a chunk. A longer one holds more of the memory of each reader, a shorter one costs more queries. */
const CHUNK_CHARACTERS = 131_072;

/** @throws Failure limit_exceeded for more bytes than an answer may have */
export function chunkedResult(result: RunResult, limits: AnswerLimits): ChunkedResult {
  const chunks: AnswerChunk[] = [];
  const parts: Partial<Record<AnswerPart, PartSize>> = {};
  const head = { ...result, aggregates: countsOf(result.aggregates), series: null, breakdown: null };
  let bytes = Buffer.byteLength(JSON.stringify(head));
  for (const part of ANSWER_PARTS) {
    const lines = linesOf(part, result);
    if (lines === null) continue;
    const before = chunks.length;
    let items = 0;
    for (const content of cut(lines, () => (items += 1))) {
      bytes += Buffer.byteLength(content);
      refuseTooManyBytes(bytes, limits);
      chunks.push({ part, number: chunks.length - before, content });
    }
    const rest = part === 'breakdown' && hasRest(result) ? ({ hasRest: true } as const) : {};
    parts[part] = { items, chunks: chunks.length - before, ...rest };
  }
  return bytes <= INLINE_BYTES ? { result, bytes, parts: null, chunks: [] } : { result: head, bytes, parts, chunks };
}

/** Whether the last group of a result is that of all others. */
export function hasRest({ breakdown }: Pick<RunResult, 'breakdown'>): boolean {
  return breakdown?.at(-1)?.rest === true;
}

/** The items of a part, a line of JSON each; null where the answer has no such part. */
function linesOf(part: AnswerPart, { aggregates, series, breakdown }: RunResult): Iterable<string> | null {
  switch (part) {
    case 'aggregates':
      return written([aggregates]);
    case 'series':
      return series && written(series);
    case 'breakdown':
      return breakdown && written(breakdown.map(withoutSeries));
    case 'breakdown/series':
      return series && breakdown && written(breakdown.flatMap(({ series: own }) => own ?? []));
  }
}

function withoutSeries({ by, group, rest, aggregates }: BreakdownGroup): object {
  return { by, group, ...(rest && { rest }), aggregates };
}

function* written(items: readonly object[]): Generator<string> {
  for (const item of items) yield JSON.stringify(item);
}

/** The text of lines with line breaks between them, in chunks. JSON itself has no line breaks. */
function* cut(lines: Iterable<string>, count: () => void): Generator<string> {
  let chunk = '';
  let isFirst = true;
  for (const line of lines) {
    count();
    if (!isFirst) chunk += '\n';
    isFirst = false;
    if (chunk.length >= CHUNK_CHARACTERS) {
      yield chunk;
      chunk = '';
    }
    chunk += line;
    while (chunk.length > 2 * CHUNK_CHARACTERS) {
      const end = wholeCharacters(chunk, CHUNK_CHARACTERS);
      yield chunk.slice(0, end);
      chunk = chunk.slice(end);
    }
  }
  if (chunk !== '') yield chunk;
}

/** Where a text may be cut: not between the two halves of a character. */
function wholeCharacters(text: string, end: number): number {
  const unit = text.charCodeAt(end - 1);
  return unit >= 0xd800 && unit < 0xdc00 ? end - 1 : end;
}

/** The counts of each column, which freshness depends on. */
function countsOf(aggregates: Readonly<Record<string, ColumnAggregates>>): Readonly<Record<string, ColumnAggregates>> {
  return Object.fromEntries(
    Object.entries(aggregates).map(([column, { n, n_undefined, undefined: reasons }]) => [
      column,
      { n, n_undefined, undefined: reasons },
    ]),
  );
}
