import { Column, Entity, ForeignKey, PrimaryColumn, DataSource } from 'typeorm';
import type { AnswerPart, AnswerChunk, PartSizes } from '../../core/request/result-chunks.js';
import { RunEntity } from './run.entity.js';
import { Injectable } from '@nestjs/common';
import { Failure } from '../../core/failure.js';
import type { RunTarget } from '../../core/request/run-plan.js';

/**
 * A piece of an answer that is too large for the row of its run (`runs.result_chunks` tells how many there are). Goes
 * with its run.
 */
@Entity('answer_chunks')
export class AnswerChunkEntity {
  @PrimaryColumn('text')
  @ForeignKey(() => RunEntity, { name: 'answer_chunks_run_id_fkey', onDelete: 'CASCADE' })
  runId!: string;

  /** Whose it is; those of an attempt that has not ended the run are dropped. */
  @PrimaryColumn('integer')
  attempt!: number;

  @PrimaryColumn('text')
  part!: AnswerPart;

  /** From 0 within the part. */
  @PrimaryColumn('integer')
  number!: number;

  /** All chunks of a part one after another are its items, a line of JSON each. */
  @Column('text')
  content!: string;
}

/** Where the parts of an answer are that does not stand in the row of its run. */
export interface StoredParts {
  readonly target: RunTarget;
  readonly sizes: PartSizes;
}

/**
 * Answers in chunks. Each is written and read by a statement of its own: none holds a connection or a lock for as long
 * as a whole answer takes.
 */
@Injectable()
export class AnswerChunks {
  constructor(private readonly dataSource: DataSource) {}

  /**
   * Writes those of an attempt, before the run is marked succeeded, and drops those of attempts before. Those
   * that are there already are the same.
   */
  async save({ runId, attempt }: RunTarget, chunks: readonly AnswerChunk[]): Promise<void> {
    if (attempt > 1) {
      await this.dataSource.query('DELETE FROM answer_chunks WHERE run_id = $1 AND attempt < $2', [runId, attempt]);
    }
    for (const { part, number, content } of chunks) {
      await this.dataSource.query(
        `INSERT INTO answer_chunks (run_id, attempt, part, number, content) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
        [runId, attempt, part, number, content],
      );
    }
  }

  /** Drops those of one attempt. */
  async drop({ runId, attempt }: RunTarget): Promise<void> {
    await this.dataSource.query('DELETE FROM answer_chunks WHERE run_id = $1 AND attempt = $2', [runId, attempt]);
  }

  /**
   * The text of a part, chunk by chunk; one is read when the one before is taken.
   * @throws Failure result_gone where the answer is deleted meanwhile
   */
  async *text({ target, sizes }: StoredParts, part: AnswerPart): AsyncGenerator<string> {
    const { runId, attempt } = target;
    for (let number = 0; number < (sizes[part]?.chunks ?? 0); number += 1) {
      const [chunk]: { content: string }[] = await this.dataSource.query(
        'SELECT content FROM answer_chunks WHERE run_id = $1 AND attempt = $2 AND part = $3 AND number = $4',
        [runId, attempt, part, number],
      );
      if (chunk === undefined)
        throw new Failure('result_gone', 'The answer has been deleted: ask again with "cache": "refresh".');
      yield chunk.content;
    }
  }

  /** The items of a part as lines of JSON, those of a chunk together. */
  async *lines(stored: StoredParts, part: AnswerPart): AsyncGenerator<readonly string[]> {
    let open = '';
    for await (const content of this.text(stored, part)) {
      const lines = (open + content).split('\n');
      open = lines.pop() ?? '';
      if (lines.length > 0) yield lines;
    }
    if (open !== '') yield [open];
  }
}
