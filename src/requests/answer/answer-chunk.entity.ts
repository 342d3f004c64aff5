import { Column, Entity, ForeignKey, PrimaryColumn } from 'typeorm';
import type { AnswerPart } from '../../core/request/result-chunks.js';
import { RunEntity } from '../run/run.entity.js';

/** A piece of an answer that is too large for the row of its run (`runs.result_chunks` tells how many there are). Goes with its run. */
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
