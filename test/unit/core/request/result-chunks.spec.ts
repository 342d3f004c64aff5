import * as fc from 'fast-check';
import type { ColumnAggregates, RunResult, SeriesPointResult } from '../../../../src/core/request/run-result.js';
import {
  INLINE_BYTES,
  chunkedResult,
  type AnswerPart,
  type ChunkedResult,
} from '../../../../src/core/request/result-chunks.js';
import type { AnswerDto } from '../../../../src/requests/answer/answer.dto.js';
import { answerText } from '../../../../src/requests/answer/answer-body.js';
import { refusal } from '../failing.js';

const LIMITS = { values: Infinity, bytes: Infinity };

/** Characters of two units among others, so that a cut between them would show. */
const TEXT = fc.stringMatching(/^[a-z"\\\n\u{1F600}-\u{1F640}]{0,20}$/u);
const AGGREGATES: fc.Arbitrary<Record<string, ColumnAggregates>> = fc
  .record({ n: fc.nat(), n_undefined: fc.nat(), undefined: fc.constant({ never: 1 }), sum: fc.double({ noNaN: true }) })
  .map((count) => ({ count }));

const point = (i: number, label: string, aggregates: Record<string, ColumnAggregates>): SeriesPointResult => ({
  from: `f${i}`,
  to: `t${i}`,
  label,
  age: null,
  complete: true,
  aggregates,
});

interface Shape {
  readonly points: number | null;
  readonly groups: number | null;
  readonly text: string;
  readonly aggregates: Record<string, ColumnAggregates>;
}

const SHAPE: fc.Arbitrary<Shape> = fc.record({
  points: fc.option(fc.nat(12)),
  groups: fc.option(fc.nat(4)),
  text: fc.tuple(TEXT, fc.constantFrom(1, 1000)).map(([text, times]) => text.repeat(times)),
  aggregates: AGGREGATES,
});

function resultOf({ points, groups, text, aggregates }: Shape): RunResult {
  const series = points === null ? null : Array.from({ length: points }, (_, i) => point(i, text, aggregates));
  const breakdown =
    groups === null
      ? null
      : Array.from({ length: groups }, (_, i) => ({ by: 'trait:x', group: i, aggregates, series }));
  return {
    form: 2,
    columns: [{ name: 'count', type: 'number', description: '' }],
    aggregates: {
      count: {
        ...(aggregates['count'] as ColumnAggregates), // Longer than a chunk, where the text is long.
        histogram: { edges: [], counts: [text.repeat(30)] },
      },
    },
    series,
    breakdown,
    cohort_size: 1,
    observed_to: null,
    warnings: [],
    attempt: 1,
    timings: { queue_ms: 1, engine_ms: 2, rows_read: 3 },
  };
}

async function writtenAgain(whole: object, { result, parts, chunks }: ChunkedResult): Promise<string> {
  const { aggregates, series, breakdown } = result;
  const contents = (part: AnswerPart) => chunks.filter((chunk) => chunk.part === part).map(({ content }) => content);
  const pieces: string[] = [];
  const text = answerText({ ...whole, aggregates, series, breakdown } as AnswerDto, parts ?? {}, {
    text: (part) => listed(contents(part)),
    lines: (part) => listed(contents(part).length === 0 ? [] : [contents(part).join('').split('\n')]),
  });
  for await (const piece of text) pieces.push(piece);
  return pieces.join('');
}

async function* listed<T>(items: readonly T[]): AsyncGenerator<T> {
  yield* items;
}

describe('chunkedResult', () => {
  it('makes of any result what is written again as it was, whole or in chunks', async () => {
    const seen = { whole: 0, chunked: 0 };
    const property = fc.asyncProperty(SHAPE, async (shape) => {
      const result = resultOf(shape);
      const answer = { id: 'req_1', ...result, error: null };
      const stored = chunkedResult(result, LIMITS);
      if (stored.parts === null) {
        seen.whole += 1;
        expect(stored).toMatchObject({ result, chunks: [] });
        expect(stored.bytes).toBeLessThanOrEqual(INLINE_BYTES);
        return;
      }
      seen.chunked += 1;
      expect(await writtenAgain(answer, stored)).toBe(JSON.stringify(answer));
      expect(stored.result.aggregates['count']?.undefined).toEqual({ never: 1 });
      expect(JSON.stringify(stored.result).length).toBeLessThan(1000);
      for (const { content } of stored.chunks) {
        expect(content.isWellFormed()).toBe(true);
        expect(content.length).toBeLessThanOrEqual(INLINE_BYTES + 1);
      }
      const lines = stored.chunks.filter(({ part }) => part === 'series').map(({ content }) => content);
      expect(lines.join('').split('\n').filter(Boolean).length).toBe(stored.parts.series?.items ?? 0);
    });
    await fc.assert(property, { numRuns: Number(process.env['NUM_RUNS'] ?? 25), endOnFailure: true });
    expect(Math.min(seen.whole, seen.chunked)).toBeGreaterThan(0);
  });

  it('refuses more bytes than an answer may have', () => {
    const result = resultOf({ points: 10, groups: null, text: 'x'.repeat(1000), aggregates: {} });
    const { bytes } = chunkedResult(result, LIMITS);
    expect(chunkedResult(result, { ...LIMITS, bytes }).bytes).toBe(bytes);
    const refused = refusal(() => chunkedResult(result, { ...LIMITS, bytes: bytes - 1 }));
    expect(refused).toMatchObject({
      code: 'limit_exceeded',
      detail: expect.stringContaining(`answer_bytes\`, ${bytes - 1}`),
    });
  });
});
