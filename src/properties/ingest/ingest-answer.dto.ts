import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { INGEST_WARNINGS, type IngestWarning, type IngestWarningCode } from '../../core/ingest/body-notes.js';
import { FAULT_LIMITS, type FaultGroup } from '../../core/ingest/item-faults.js';
import { REJECTION_CODES, type RejectionCode } from '../../core/ingest/rejection.js';

/** One thing that is wrong with so many items. An item with several faults is in several. */
export class IngestErrorDto implements FaultGroup {
  @ApiProperty({ enum: REJECTION_CODES, example: 'invalid_time' })
  code!: RejectionCode;

  @ApiProperty({ description: 'JSON Pointer into the item; empty: all of it.', example: '/time' })
  pointer!: string;

  @ApiProperty({ description: 'What is wrong, and what would be right.' })
  detail!: string;

  @ApiProperty({ type: 'integer', description: 'How many items have it.', example: 1 })
  count!: number;

  @ApiProperty({
    type: [Number],
    description: `Which items, from 0: of the array; of the lines, blank ones counted; of the rows below the header. The first ${FAULT_LIMITS.indexes}.`,
    example: [2],
  })
  indexes!: readonly number[];
}

/** What the sender should know of items that were taken. */
export class IngestWarningDto implements IngestWarning {
  @ApiProperty({ enum: Object.keys(INGEST_WARNINGS), example: 'suspicious_user' })
  code!: IngestWarningCode;

  @ApiProperty({ description: 'What it is, and what to do about it.' })
  detail!: string;

  @ApiPropertyOptional({ description: 'The id of the user, or the name of the column.', example: 'undefined' })
  value?: string;

  @ApiProperty({ type: 'integer', description: 'How many items, or cells.', example: 12 })
  count!: number;
}

/** What became of the items of a body. */
export class IngestAnswerDto {
  @ApiProperty({
    type: 'integer',
    description: 'The ingest sequence of the last batch. Every request posted from now on sees the data up to it.',
    example: 7,
  })
  ingest_seq!: number;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description:
      'The ingest sequence of the first batch, by which `GET .../batches?stream=` finds all that the body was cut into; null where nothing was taken.',
    example: 7,
  })
  stream!: number | null;

  @ApiProperty({ type: 'integer', description: 'Items stored that were not there before.', example: 2 })
  accepted!: number;

  @ApiProperty({
    type: 'integer',
    description: 'Events that were there before, or stood in the body twice.',
    example: 0,
  })
  duplicates!: number;

  @ApiProperty({
    type: 'integer',
    description:
      'Of the duplicates, those with an id whose properties differ from what is stored, which stays as it is.',
    example: 0,
  })
  conflicting!: number;

  @ApiProperty({
    type: 'array',
    items: { type: 'integer' },
    description: 'Which items these are, counted like `index`: the first 100.',
    example: [],
  })
  conflicting_indexes!: number[];

  @ApiProperty({ type: 'integer', example: 1 })
  rejected!: number;

  @ApiProperty({
    type: [IngestErrorDto],
    description: `Why items were rejected: the same at one place of many items is one entry. The first ${FAULT_LIMITS.groups}.`,
  })
  errors!: readonly IngestErrorDto[];

  @ApiPropertyOptional({
    type: 'integer',
    description: 'How many faults no index of `errors` tells of, because there are too many; absent: all are told.',
  })
  errors_omitted?: number;

  @ApiProperty({ type: [IngestWarningDto], description: 'Of items that were taken.' })
  warnings!: readonly IngestWarningDto[];
}
