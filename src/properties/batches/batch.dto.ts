import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, Matches } from 'class-validator';
import type { Tally } from '../../core/ingest/batch-tally.js';
import { PageQuery } from '../../platform/http/page.js';
import { BATCH_KINDS, type BatchEntity, type BatchKind } from '../ledger/batch.entity.js';

const STATES = ['open', 'stored', 'deleting', 'deleted'] as const;
export type BatchState = (typeof STATES)[number];

export class BatchColumnDto {
  @ApiProperty({ description: 'A property of its events, or a trait.', example: 'price' })
  name!: string;

  @ApiProperty({ type: [String], enum: ['text', 'number', 'boolean'], description: 'As what its values were taken.' })
  types!: string[];
}

/** What was sent under one ingest sequence, and what became of it. */
export class BatchDto {
  @ApiProperty({ type: 'integer', description: 'The ingest sequence.', example: 7 })
  seq!: number;

  @ApiProperty({
    enum: BATCH_KINDS,
    description: 'A `deletion` is what DELETE of a batch has taken as its own number.',
  })
  kind!: BatchKind;

  @ApiProperty({
    enum: STATES,
    description:
      '`open`: on its way. `stored`: it counts. `deleting`: a deletion is under way. `deleted`: it counts no more.',
  })
  state!: BatchState;

  @ApiProperty({
    type: 'integer',
    description:
      'The first batch of the same body. A long stream is cut into several: `GET .../batches?stream=` lists them.',
    example: 7,
  })
  stream!: number;

  @ApiProperty({ type: String, nullable: true, description: 'Id of the API key that sent it.' })
  api_key!: string | null;

  @ApiProperty({ format: 'date-time', description: 'When it got its number.' })
  received_at!: string;

  @ApiProperty({
    type: 'integer',
    description: 'Items that were stored and were not there before; never changed afterwards. Of a deletion 0.',
    example: 2,
  })
  accepted!: number;

  @ApiProperty({ type: 'integer', description: 'Events that were there before, or twice in it.', example: 0 })
  duplicates!: number;

  @ApiProperty({ type: 'integer', description: 'Of these, those whose properties differed from what was stored.' })
  conflicting!: number;

  @ApiProperty({ type: 'integer', description: 'Items that were refused.' })
  rejected!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Null: it has no events.' })
  first_event_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  last_event_at!: string | null;

  @ApiPropertyOptional({
    type: [BatchColumnDto],
    description: 'Properties, or traits, of its accepted items by name. Not in lists.',
  })
  columns?: BatchColumnDto[];

  @ApiProperty({ type: 'integer', nullable: true, description: 'Of a deletion: the batch that was taken back.' })
  deletes!: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'The ingest sequence of its deletion.' })
  deleted_by!: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  deleted_at!: string | null;
}

const SEQ = /^[1-9]\d{0,14}$/;

/** Query parameters of the list of batches. */
export class ListBatchesQuery extends PageQuery {
  @ApiPropertyOptional({ type: 'integer', description: 'Those of one body: its `stream`.' })
  @IsOptional()
  @Matches(SEQ, { message: 'stream must be an ingest sequence, a whole number from 1' })
  stream?: string;

  @ApiPropertyOptional({ enum: BATCH_KINDS })
  @IsOptional()
  @IsIn(BATCH_KINDS, { message: `kind must be one of ${BATCH_KINDS.join(', ')}` })
  kind?: BatchKind;
}

/** A batch as it is shown. */
export function toBatchDto(batch: BatchEntity): BatchDto {
  return {
    seq: batch.seq,
    kind: batch.kind,
    state: stateOf(batch),
    stream: batch.streamSeq,
    api_key: batch.apiKeyId,
    received_at: batch.openedAt.toISOString(),
    accepted: batch.accepted,
    duplicates: batch.duplicates,
    conflicting: batch.conflicting,
    rejected: batch.rejected,
    first_event_at: instantOf(batch.firstMs),
    last_event_at: instantOf(batch.lastMs),
    deletes: batch.targetSeq,
    deleted_by: batch.deletionSeq,
    deleted_at: batch.deletedAt?.toISOString() ?? null,
  };
}

function stateOf({ deletionSeq, deletedAt }: BatchEntity): BatchState {
  if (deletedAt !== null) return 'deleted';
  return deletionSeq === null ? 'stored' : 'deleting';
}

function instantOf(ms: number | null): string | null {
  return ms === null ? null : new Date(ms).toISOString();
}

/** By name; the events of a batch taken together. */
export function columnsOf(tally: Tally | null): BatchColumnDto[] {
  const columns = new Map<string, Set<string>>();
  for (const [, key, type] of tally?.entries ?? []) {
    if (key === null || type === null) continue;
    columns.set(key, (columns.get(key) ?? new Set()).add(type));
  }
  return [...columns]
    .toSorted(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, types]) => ({ name, types: [...types].toSorted() }));
}
