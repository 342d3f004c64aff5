import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, Max, Min } from 'class-validator';
import { WholeNumber } from '../platform/http/query-parameters.js';
import type { CohortEvaluationEntity } from './cohort-evaluation.entity.js';

const STATUSES = ['running', 'succeeded', 'failed'] as const;

const WAIT = 'wait is the number of seconds to wait for the end, from 0 to 60';

export class EvaluateQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 0, maximum: 60, default: 10, description: 'Seconds to wait.' })
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: WAIT })
  @Min(0, { message: WAIT })
  @Max(60, { message: WAIT })
  wait: number = 10;
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

  @ApiProperty({ enum: STATUSES, description: '`running`: it waits for a worker, or one is at it.' })
  status!: (typeof STATUSES)[number];

  /** Of the definition, with the cohorts that it names as they were. */
  hash!: string;

  @ApiProperty({ format: 'date-time' })
  as_of!: string;

  @ApiProperty({ type: 'integer', example: 7 })
  data_version!: number;

  @ApiProperty({ format: 'date-time' })
  started_at!: string;

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
    status: evaluation.state === 'queued' ? 'running' : evaluation.state,
    hash: evaluation.hash,
    as_of: evaluation.asOf.toISOString(),
    data_version: evaluation.dataVersion,
    started_at: (evaluation.startedAt ?? evaluation.createdAt).toISOString(),
    finished_at: evaluation.finishedAt && evaluation.finishedAt.toISOString(),
    size: evaluation.size,
    rows_read: evaluation.rowsRead,
    engine_ms: evaluation.engineMs,
    error: evaluation.error,
  };
}
