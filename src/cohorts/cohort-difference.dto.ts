import { ApiProperty } from '@nestjs/swagger';

export class ChangedMemberDto {
  /** @example 00001 */
  user!: string;

  @ApiProperty({ enum: ['entered', 'left'] })
  change!: 'entered' | 'left';
}

export class CohortDifferenceDto {
  /** The earlier version. */
  @ApiProperty({ type: 'integer', example: 1 })
  from!: number;

  /** The later version. */
  @ApiProperty({ type: 'integer', example: 2 })
  to!: number;

  /** Users of the later version who are not in the earlier. */
  @ApiProperty({ type: 'integer', example: 1 })
  entered!: number;

  /** Users of the earlier version who are not in the later. */
  @ApiProperty({ type: 'integer', example: 0 })
  left!: number;

  @ApiProperty({ type: [ChangedMemberDto] })
  data!: readonly ChangedMemberDto[];

  /** Give it as cursor to get the next page; null on the last. */
  @ApiProperty({ type: String, nullable: true })
  next_cursor!: string | null;
}
