import { parentPort, workerData } from 'node:worker_threads';
import { Failure } from '../../core/failure.js';
import type { ErrorCode } from '../../core/error-codes.js';
import type { FieldError } from '../../core/failure.js';
import type { AnswerChunk } from '../../core/request/result-chunks.js';
import type { AggregateAnswers } from '../../sql/read-aggregates.js';
import { shapeAnswer, type Measurement, type ShapedAnswer } from './shape-answer.js';

/** What the thread is given. */
export interface ShapeJob {
  readonly measurement: Measurement;
  readonly answers: AggregateAnswers;
}

/**
 * What it tells: the chunks one by one, as a large message would hold the event loop that takes it, then the rest; or
 * its failure.
 */
export type ShapeMessage =
  | { readonly kind: 'chunk'; readonly chunk: AnswerChunk }
  | { readonly kind: 'shaped'; readonly shaped: ShapedAnswer }
  | {
      readonly kind: 'failure';
      readonly code: ErrorCode;
      readonly detail: string;
      readonly errors: readonly FieldError[];
      readonly extra: Readonly<Record<string, unknown>>;
    };

// The entry of a thread that shapes one answer; what else it throws ends it with that error.
const { measurement, answers } = workerData as ShapeJob;
const tell = (message: ShapeMessage): void => parentPort?.postMessage(message, []);
try {
  const { stored, ...rest } = shapeAnswer(measurement, answers);
  for (const chunk of stored.chunks) tell({ kind: 'chunk', chunk });
  tell({ kind: 'shaped', shaped: { ...rest, stored: { ...stored, chunks: [] } } });
} catch (error) {
  if (!(error instanceof Failure)) throw error;
  const { code, detail, errors, extra } = error;
  tell({ kind: 'failure', code, detail, errors, extra });
}
