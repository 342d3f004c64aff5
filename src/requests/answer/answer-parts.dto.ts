import {
  ApiExtraModels,
  ApiProperty,
  ApiPropertyOptional,
  getSchemaPath,
  IntersectionType,
  OmitType,
  PartialType,
  PickType,
} from '@nestjs/swagger';
import { COLUMN_TYPES } from '../../core/metric/metric.js';
import type { ColumnAggregates, SeriesPointResult } from '../../core/request/run-result.js';
import type { GroupValue } from '../../core/series/breakdown.js';
import { WARNING_CODES, type WarningCode } from '../../core/warning-codes.js';

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

/** The named metric of the request. */
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

/** The aggregates that every column has; the requested ones stand beside them by name. */
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

/** The schema of aggregates: by column those that are always there, and the requested ones by name. */
export const BY_COLUMN = {
  type: 'object',
  additionalProperties: {
    allOf: [{ $ref: getSchemaPath(ColumnAggregatesDto) }, { type: 'object', additionalProperties: true }],
  },
} as const;

/** The users of one slice, by one age where ages are requested. */
export class SeriesPointDto {
  @ApiProperty({ format: 'date-time', description: 'The slice: from here, to but not at `to`.' })
  from!: string;

  @ApiProperty({ format: 'date-time' })
  to!: string;

  @ApiProperty({ example: '1997-01' })
  label!: string;

  @ApiProperty({ type: 'integer', nullable: true, description: 'From 0; null where no ages are requested.' })
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

/** An item of a table of aggregates: of a breakdown with its group, of a series with its slice. */
export class AnswerItemDto extends IntersectionType(
  PickType(SeriesPointDto, ['aggregates'] as const),
  PartialType(OmitType(SeriesPointDto, ['aggregates'] as const)),
  PartialType(OmitType(BreakdownGroupDto, ['aggregates', 'series'] as const)),
) {}

export class UsersLinkDto {
  @ApiProperty({ description: 'Where the per-user values are.' })
  href!: string;
}

/** Where the answer to a stale one's question will be. */
export class RefreshDto {
  @ApiProperty({ example: 'req_01jd0a1b2c3d4e5f6g7h8j9k0m' })
  id!: string;

  @ApiProperty()
  href!: string;
}

/** The figures of a warning are there where the catalogue names them. */
export class AnswerWarningDto {
  @ApiProperty({ enum: Object.keys(WARNING_CODES), example: 'window_not_over' })
  code!: WarningCode;

  @ApiProperty()
  detail!: string;

  @ApiPropertyOptional({ type: 'integer', description: 'How many users it speaks of.' })
  users?: number;

  @ApiPropertyOptional({ type: 'integer', description: 'How many events it speaks of.' })
  events?: number;

  @ApiPropertyOptional({ description: 'The event property, or trait, that it speaks of.' })
  property?: string;

  @ApiPropertyOptional({ description: 'The name that may be meant.' })
  nearest?: string;
}

export class AnswerErrorDto {
  @ApiProperty({ example: 'time_limit_exceeded' })
  code!: string;

  @ApiProperty()
  detail!: string;

  @ApiProperty({ description: 'Whether the same request can succeed later.' })
  retryable!: boolean;
}
