import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { Worker } from 'node:worker_threads';
import { Injectable } from '@nestjs/common';
import { Failure } from '../../core/failure.js';
import { answerValues } from '../../core/request/answer-size.js';
import type { AnswerChunk } from '../../core/request/result-chunks.js';
import { packageRoot } from '../../platform/config/package-root.js';
import type { AggregateAnswers } from '../../sql/read-aggregates.js';
import { QueryCancelled } from '../../stores/clickhouse/engine-failure.js';
import { shapeAnswer, type Measurement, type ShapedAnswer } from './shape-answer.js';
import type { ShapeJob, ShapeMessage } from './shape-thread.js';

/** What is shaped at once: 10 ms of the event loop at most. A thread costs 60 ms before it begins. */
const VALUES_AT_ONCE = 10_000;
const BYTES_AT_ONCE = 262_144;

/**
 * Shapes answers: small ones at once, larger ones in a thread of their own, so that nothing waits for them. Their
 * memory is given back with the thread.
 */
@Injectable()
export class AnswerShaper {
  /**
   * `points`: those of the series. Stops when `signal` aborts.
   * @throws Failure limit_exceeded for more keys or bytes than an answer may have; QueryCancelled
   */
  async shape(
    measurement: Measurement,
    answers: AggregateAnswers,
    points: number,
    signal: AbortSignal,
  ): Promise<ShapedAnswer> {
    const bytes = answers.keys.reduce((sum, { answer }) => sum + answer.byteLength, answers.whole.byteLength);
    const values = answerValues(measurement.canonical, points, answers.groups);
    if (values <= VALUES_AT_ONCE && bytes <= BYTES_AT_ONCE) return shapeAnswer(measurement, answers);
    return await this.inThread({ measurement, answers }, signal);
  }

  private async inThread(job: ShapeJob, signal: AbortSignal): Promise<ShapedAnswer> {
    const thread = new Worker(entry(), { workerData: job, transferList: buffersOf(job), env: {} });
    const stop = (): void => void thread.terminate();
    if (signal.aborted) stop();
    signal.addEventListener('abort', stop, { once: true });
    const chunks: AnswerChunk[] = [];
    try {
      return await new Promise<ShapedAnswer>((resolve, reject) => {
        thread.on('message', (message: ShapeMessage) => {
          if (message.kind === 'chunk') chunks.push(message.chunk);
          else if (message.kind === 'shaped') resolve(withChunks(message.shaped, chunks));
          else reject(new Failure(message.code, message.detail, message.errors, message.extra));
        });
        thread.once('error', (error) => reject(thrownBy(error)));
        thread.once('exit', () => reject(new QueryCancelled()));
      });
    } finally {
      signal.removeEventListener('abort', stop);
    }
  }
}

function withChunks({ stored, ...rest }: ShapedAnswer, chunks: readonly AnswerChunk[]): ShapedAnswer {
  return { ...rest, stored: { ...stored, chunks } };
}

/** A thread that needs more memory than it may have ends alone. */
function thrownBy(error: Error & { code?: string }): Error {
  if (error.code !== 'ERR_WORKER_OUT_OF_MEMORY') return error;
  return new Failure(
    'memory_limit_exceeded',
    'The answer needs more memory than a thread may have. Ask for fewer aggregators, points or groups.',
  );
}

/** Given away instead of copied. Those that share memory with others are copied. */
function buffersOf({ answers }: ShapeJob): ArrayBuffer[] {
  const all = [answers.whole, ...answers.keys.map(({ answer }) => answer)];
  return all.flatMap(({ buffer, byteLength }) =>
    buffer instanceof ArrayBuffer && buffer.byteLength === byteLength ? [buffer] : [],
  );
}

/** A thread runs compiled code of its own, also where the caller is in the bundle or is source that a test transformed. */
function entry(): string {
  const beside = fileURLToPath(new URL('./shape-thread.js', import.meta.url));
  return existsSync(beside) ? beside : join(packageRoot(), 'dist/src/requests/run/shape-thread.js');
}
