import { ApiProperty } from '@nestjs/swagger';
import { REJECTION_CODES, type RejectionCode } from '../../core/ingest/rejection.js';

export class IngestErrorDto {
  @ApiProperty({
    type: 'integer',
    description: 'Which item, from 0: of the array; of the lines, blank ones counted; of the rows below the header.',
    example: 2,
  })
  index!: number;

  @ApiProperty({ enum: REJECTION_CODES, example: 'invalid_time' })
  code!: RejectionCode;

  @ApiProperty({ description: 'JSON Pointer into the item; empty: all of it.', example: '/time' })
  pointer!: string;

  @ApiProperty({ description: 'What would be right.' })
  detail!: string;
}

/** What became of the items of a body. */
export class IngestAnswerDto {
  @ApiProperty({
    type: 'integer',
    description: 'The ingest sequence of the last batch. Every request posted from now on sees the data up to it.',
    example: 7,
  })
  ingest_seq!: number;

  @ApiProperty({ type: 'integer', description: 'Items stored that were not there before.', example: 2 })
  accepted!: number;

  @ApiProperty({
    type: 'integer',
    description: 'Events that were there before, or stood in the body twice.',
    example: 0,
  })
  duplicates!: number;

  @ApiProperty({ type: 'integer', example: 1 })
  rejected!: number;

  @ApiProperty({ type: [IngestErrorDto], description: 'The first 100 of the rejected.' })
  errors!: IngestErrorDto[];
}
