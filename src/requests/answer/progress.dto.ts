import { ApiProperty } from '@nestjs/swagger';

/** How far a request is that has no end yet. */
export class ProgressDto {
  @ApiProperty({ type: 'integer', nullable: true, description: 'While queued: 1 is next.' })
  queue_position!: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Rows that the engine has read for it; null: not known yet.',
  })
  rows_read!: number | null;

  @ApiProperty({ type: 'integer', nullable: true, description: "The engine's estimate of all rows it will read." })
  rows_to_read!: number | null;

  @ApiProperty({ type: 'number', nullable: true, minimum: 0, maximum: 100 })
  percent!: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  started_at!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Since the start.' })
  elapsed_ms!: number | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'By what is read, or by past runs of the metric in the property; null: nothing is known.',
  })
  estimated_remaining_ms!: number | null;
}
