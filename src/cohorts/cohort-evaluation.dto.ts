import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString } from 'class-validator';
import { WAIT_PARAMETER } from '../platform/http/wait.js';
import { EVALUATION_STATES, type CohortEvaluationEntity, type EvaluationState } from './cohort-evaluation.entity.js';

/** Most evaluations end within this time. */
export const EVALUATION_WAIT_S = 10;

export class EvaluateQuery {
  @ApiPropertyOptional({ ...WAIT_PARAMETER, default: EVALUATION_WAIT_S })
  @IsOptional()
  @IsString()
  wait?: string;
}

export class EvaluationErrorDto {
  code!: string;
  detail!: string;
  retryable!: boolean;
}

export class EvaluationDto {
  /** @example eval_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** The version of the cohort that was evaluated. */
  @ApiProperty({ type: 'integer', example: 1 })
  version!: number;

  @ApiProperty({ enum: EVALUATION_STATES, description: 'The last three are ends.' })
  status!: EvaluationState;

  /** Of the definition, with the cohorts that it names as they were; null for callers without `people:read`. */
  @ApiProperty({ type: String, nullable: true })
  hash!: string;

  @ApiProperty({ format: 'date-time' })
  as_of!: string;

  @ApiProperty({ type: 'integer', example: 7 })
  data_version!: number;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'The last attempt; null: queued.' })
  started_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finished_at!: string | null;

  /** Users in the cohort. */
  @ApiProperty({ type: 'integer', nullable: true })
  size!: number | null;

  @ApiProperty({ type: 'integer', nullable: true })
  rows_read!: number | null;

  @ApiProperty({ type: Number, nullable: true })
  engine_ms!: number | null;

  @ApiProperty({ type: EvaluationErrorDto, nullable: true })
  error!: EvaluationErrorDto | null;
}

export function toEvaluationDto(evaluation: CohortEvaluationEntity): EvaluationDto {
  return {
    id: evaluation.id,
    version: evaluation.version,
    status: evaluation.state,
    hash: evaluation.hash,
    as_of: evaluation.asOf.toISOString(),
    data_version: evaluation.dataVersion,
    created_at: evaluation.createdAt.toISOString(),
    started_at: evaluation.startedAt?.toISOString() ?? null,
    finished_at: evaluation.finishedAt?.toISOString() ?? null,
    size: evaluation.size,
    rows_read: evaluation.rowsRead,
    engine_ms: evaluation.engineMs,
    error: evaluation.error,
  };
}
