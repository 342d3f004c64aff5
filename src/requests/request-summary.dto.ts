import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { METRIC_IDS } from '../core/metric/catalogue.js';
import { AnswerErrorDto } from './answer/answer-parts.dto.js';
import { AnswerDto } from './answer/answer.dto.js';
import { AnswerMetricDto } from './answer/answer-parts.dto.js';
import { RUN_STATES, type RunState } from './run/run.entity.js';

/** The cohort as the caller named it, resolved when the request was accepted. */
export class SummaryCohortDto {
  @ApiProperty({ type: String, nullable: true, description: 'Id of a saved cohort; null for an inline one.' })
  id!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'january' })
  name!: string | null;

  @ApiProperty({ type: 'integer', nullable: true })
  version!: number | null;

  @ApiProperty({ type: String, nullable: true, description: 'Of the members, or of the definition.' })
  hash!: string | null;
}

/** A request in a list: metric, cohort, state, and size of the answer. */
export class RequestSummaryDto {
  @ApiProperty({ example: 'req_01jd0a1b2c3d4e5f6g7h8j9k0m' })
  id!: string;

  @ApiProperty({ description: 'Where the request and its answer are.' })
  href!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'SHA-256 of the canonical request; null for callers without `people:read`.',
  })
  hash!: string;

  @ApiProperty({ enum: RUN_STATES })
  status!: RunState;

  @ApiProperty({ enum: METRIC_IDS, description: 'The built-in.' })
  metric!: string;

  @ApiProperty({ type: AnswerMetricDto, nullable: true, description: 'The named metric of the request.' })
  named_metric!: AnswerMetricDto | null;

  @ApiProperty({ type: SummaryCohortDto })
  cohort!: SummaryCohortDto;

  @ApiProperty({ description: 'Id of the key or person that sent it.' })
  caller!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When its run began.' })
  started_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'When its run ended.' })
  finished_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  as_of!: string | null;

  @ApiProperty({ type: 'integer', nullable: true })
  data_version!: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  valid_until!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Bytes of the result as JSON; null: there is none.' })
  answer_bytes!: number | null;

  @ApiProperty({ type: AnswerErrorDto, nullable: true })
  error!: AnswerErrorDto | null;

  @ApiPropertyOptional({
    type: AnswerDto,
    nullable: true,
    description: 'With `include=answers`: as `href` shows it; null where it was left out.',
  })
  answer?: AnswerDto | null;
}

/** How much of the answers a page with `include=answers` holds. */
export class IncludedAnswersDto {
  @ApiProperty({ type: 'integer', description: 'Bytes of answers that a page may hold.' })
  budget_bytes!: number;

  @ApiProperty({ type: 'integer', description: 'Answers that were left out: they are at the `href` of their request.' })
  left_out!: number;

  @ApiProperty({ description: 'What was left out, and how to get it.' })
  detail!: string;
}
