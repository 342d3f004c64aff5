import { ApiExtraModels, ApiProperty } from '@nestjs/swagger';
import type { CanonicalRequest } from '../../core/request/canonical-request.js';
import { CHANGE_KINDS, type ChangeKind } from '../../core/request/freshness.js';
import type { BreakdownGroup, ColumnAggregates, SeriesPointResult } from '../../core/request/run-result.js';
import { ProgressDto } from '../run/progress.dto.js';
import { RUN_STATES, type RunState } from '../run/run.entity.js';
import {
  AnswerCohortDto,
  AnswerColumnDto,
  AnswerErrorDto,
  AnswerMetricDto,
  AnswerTimingsDto,
  AnswerWarningDto,
  BreakdownGroupDto,
  BY_COLUMN,
  ColumnAggregatesDto,
  RefreshDto,
  SeriesPointDto,
  UsersLinkDto,
} from './answer-parts.dto.js';

/** A request and its answer, in every state. What does not exist yet is null. */
@ApiExtraModels(ColumnAggregatesDto)
export class AnswerDto {
  /** Answers from the cache carry the id of the newest request that their run has answered. */
  @ApiProperty({ example: 'req_01jd0a1b2c3d4e5f6g7h8j9k0m' })
  id!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'SHA-256 of the canonical request: equal requests have equal hashes. Null for callers without `people:read`.',
  })
  hash!: string;

  @ApiProperty({ enum: RUN_STATES })
  status!: RunState;

  @ApiProperty({
    type: 'object',
    additionalProperties: true,
    description: 'The request with every parameter resolved.',
  })
  request!: CanonicalRequest;

  @ApiProperty({
    type: AnswerMetricDto,
    nullable: true,
    description: 'The named metric of the request, of which `request` holds the built-in; null: a built-in.',
  })
  named_metric!: AnswerMetricDto | null;

  @ApiProperty({ type: AnswerCohortDto })
  cohort!: AnswerCohortDto;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Data before this instant was looked at.',
  })
  as_of!: string | null;

  @ApiProperty({
    type: 'integer',
    nullable: true,
    description: 'Everything ingested up to this sequence was looked at.',
  })
  data_version!: number | null;

  @ApiProperty({ type: 'integer' })
  semantics_version!: number;

  @ApiProperty({ type: [AnswerColumnDto] })
  columns!: AnswerColumnDto[];

  @ApiProperty({
    ...(BY_COLUMN as object),
    nullable: true,
    description:
      'By column: n and the requested aggregators under their names. Of a map each is an object by key; a histogram is {edges, counts}, a proportion {value, low, high, level, positives}.',
  })
  aggregates!: Record<string, ColumnAggregates> | null;

  @ApiProperty({
    type: [SeriesPointDto],
    nullable: true,
    description:
      'By slice, then age; null where no series was requested. The aggregates beside it are of the whole window.',
  })
  series!: readonly SeriesPointResult[] | null;

  @ApiProperty({
    type: [BreakdownGroupDto],
    nullable: true,
    description:
      'By value, of `top` by size with the rest last; null where no breakdown was requested. Totals are computed, not added up from groups.',
  })
  breakdown!: readonly BreakdownGroup[] | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Set where a fixed window is not over: it was measured up to here.',
  })
  observed_to!: string | null;

  @ApiProperty({ type: UsersLinkDto, nullable: true, description: 'Null for callers without `people:read`.' })
  users!: UsersLinkDto | null;

  @ApiProperty({ type: [AnswerWarningDto] })
  warnings!: AnswerWarningDto[];

  @ApiProperty({ description: 'Whether this is a stored result, which nothing was computed for.' })
  cached!: boolean;

  @ApiProperty({
    type: Boolean,
    nullable: true,
    description: 'Whether a new run could answer otherwise: something it reads has moved, or valid_until is over.',
  })
  stale!: boolean | null;

  @ApiProperty({
    type: [String],
    enum: CHANGE_KINDS,
    description:
      'Why the answer is stale: events, registrations, first-seen users or traits that it reads have changed, beside these `batches` where some of it was taken back, its time is over, or it was measured by an earlier version of the meanings (semantics). Empty where it is fresh.',
  })
  moved!: ChangeKind[];

  @ApiProperty({
    type: RefreshDto,
    nullable: true,
    description: 'With `cache: stale_ok`, the request that computes anew what is answered stale.',
  })
  refresh!: RefreshDto | null;

  @ApiProperty({ type: ProgressDto, nullable: true, description: 'Null as soon as there is an end.' })
  progress!: ProgressDto | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  computed_at!: string | null;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'From when on the same data could answer otherwise; null: never.',
  })
  valid_until!: string | null;

  @ApiProperty({ type: 'number', nullable: true, description: 'From the start of the run to its end.' })
  duration_ms!: number | null;

  @ApiProperty({ type: AnswerTimingsDto, nullable: true })
  timings!: AnswerTimingsDto | null;

  @ApiProperty({ type: AnswerErrorDto, nullable: true })
  error!: AnswerErrorDto | null;
}
