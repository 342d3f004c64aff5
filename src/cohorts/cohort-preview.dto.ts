import { ApiProperty } from '@nestjs/swagger';
import { CohortMemberDto } from './cohort.dto.js';

export class CohortPreviewDto {
  /** Users in the cohort, exactly. */
  @ApiProperty({ type: 'integer', example: 2 })
  size!: number;

  /** At most ten of them: always the same ones of the same members. */
  @ApiProperty({ type: [CohortMemberDto] })
  sample!: CohortMemberDto[];

  @ApiProperty({ format: 'date-time' })
  as_of!: string;

  @ApiProperty({ type: 'integer', example: 7 })
  data_version!: number;

  @ApiProperty({ type: 'integer' })
  rows_read!: number;

  engine_ms!: number;

  /** The definition with nothing left to look up, as a request would hash it. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  definition!: object;
}
