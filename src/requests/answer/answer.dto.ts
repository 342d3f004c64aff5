import { ApiExtraModels, ApiProperty, getSchemaPath } from '@nestjs/swagger';
import type { CanonicalRequest } from '../../core/request/canonical-request.js';
import type { BreakdownGroup, ColumnAggregates, SeriesPointResult } from '../../core/request/run-result.js';
import type { GroupValue } from '../../core/series/group-code.js';
import { RefreshDto, UsersLinkDto } from './answer-links.dto.js';
import { AnswerErrorDto, AnswerWarningDto } from './answer-outcome.dto.js';
import { CHANGE_KINDS, type ChangeKind } from '../../core/request/reads.js';
import { ProgressDto } from './progress.dto.js';
import { RUN_STATES, type RunState } from '../run/run.entity.js';

const COLUMN_TYPES = ['number', 'boolean', 'duration', 'instant', 'map'];

/** The cohort as it was resolved and measured. */
export class AnswerCohortDto {
  /** Id of a saved cohort; null for an inline one. */
  @ApiProperty({ type: String, nullable: true, example: 'coh_01jd0a1b2c3d4e5f6g7h8j9k0m' })
  id!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, example: 1 })
  version!: number | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description:
      'SHA-256 of the sorted distinct members of a list; null where the cohort is a rule, such as all users.',
  })
  hash!: string | null;

  @ApiProperty({ type: 'integer', nullable: true, description: 'Users of the cohort; null before it was evaluated.' })
  size!: number | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  evaluated_at!: string | null;
}

/** The named metric that was asked for. */
export class AnswerMetricDto {
  @ApiProperty({ example: 'met_01jd0a1b2c3d4e5f6g7h8j9k0m' })
  id!: string;

  @ApiProperty({ example: 'bytes_added' })
  name!: string;

  @ApiProperty({ type: 'integer', example: 1, description: 'The version that was used, the newest at that time.' })
  version!: number;

  @ApiProperty({ description: 'Where that version can be read.' })
  href!: string;
}

export class AnswerColumnDto {
  @ApiProperty({ example: 'time_to' })
  name!: string;

  @ApiProperty({ enum: COLUMN_TYPES })
  type!: string;

  @ApiProperty({ type: String, nullable: true, example: 'second' })
  unit!: string | null;
}

/** What is always there of a column's aggregates; the asked ones stand beside it by name. */
export class ColumnAggregatesDto {
  @ApiProperty({ type: 'integer', description: 'Users with a value.' })
  n!: number;

  @ApiProperty({ type: 'integer', description: 'Users without one: n + n_undefined is the size of the cohort.' })
  n_undefined!: number;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'Users without a value, by reason.',
    example: { censored: 3 },
  })
  undefined!: Record<string, number>;
}

export class AnswerTimingsDto {
  @ApiProperty({ type: 'number', description: 'From the acceptance of the run to its start.' })
  queue_ms!: number;

  @ApiProperty({ type: 'number', description: "The engine's own time." })
  engine_ms!: number;

  @ApiProperty({ type: 'integer' })
  rows_read!: number;
}

const BY_COLUMN = {
  type: 'object',
  additionalProperties: {
    allOf: [{ $ref: getSchemaPath(ColumnAggregatesDto) }, { type: 'object', additionalProperties: true }],
  },
} as const;

/** The users of one slice, by one age where ages are asked. */
export class SeriesPointDto {
  @ApiProperty({ format: 'date-time', description: 'The slice: from here, to but not at `to`.' })
  from!: string;

  @ApiProperty({ format: 'date-time' })
  to!: string;

  @ApiProperty({ example: '1997-01' })
  label!: string;

  @ApiProperty({ type: 'integer', nullable: true, description: 'From 0; null where no ages are asked.' })
  age!: number | null;

  @ApiProperty({ description: 'Whether it was observed to its end.' })
  complete!: boolean;

  @ApiProperty(BY_COLUMN as object)
  aggregates!: Record<string, ColumnAggregates>;
}

/** The users, or the events, that have one value of a trait or a property. */
@ApiExtraModels(SeriesPointDto)
export class BreakdownGroupDto {
  @ApiProperty({ example: 'trait:country' })
  by!: string;

  @ApiProperty({
    oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }, { type: 'null' } as never],
    description: 'The value; null: users without it, or with `rest` all other groups.',
    example: 'US',
  })
  group!: GroupValue;

  @ApiProperty({
    type: Boolean,
    required: false,
    description: 'True for all groups that are not among the largest, together.',
  })
  rest?: true;

  @ApiProperty(BY_COLUMN as object)
  aggregates!: Record<string, ColumnAggregates>;

  @ApiProperty({ type: [SeriesPointDto], nullable: true })
  series!: readonly SeriesPointResult[] | null;
}

/** A request and its answer, in every state. What does not exist yet is null. */
@ApiExtraModels(ColumnAggregatesDto)
export class AnswerDto {
  /** Answers from the cache carry the id of the newest request that their run has answered. */
  @ApiProperty({ example: 'req_01jd0a1b2c3d4e5f6g7h8j9k0m' })
  id!: string;

  @ApiProperty({ description: 'SHA-256 of the canonical request: equal requests have equal hashes.' })
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
    description: 'The named metric that was asked for, of which `request` holds the built-in; null: a built-in.',
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
    type: 'object',
    nullable: true,
    description:
      'By column: n and the asked aggregators under their names. Of a map each is an object by key; a histogram is {edges, counts}, a proportion {value, low, high, level, positives}.',
    additionalProperties: {
      allOf: [{ $ref: getSchemaPath(ColumnAggregatesDto) }, { type: 'object', additionalProperties: true }],
    },
  })
  aggregates!: Record<string, ColumnAggregates> | null;

  @ApiProperty({
    type: [SeriesPointDto],
    nullable: true,
    description:
      'By slice, then age; null where no series was asked. The aggregates beside it are of the whole window.',
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

  @ApiProperty({ type: UsersLinkDto, nullable: true })
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
