import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { WholeNumber } from '../../platform/http/query-parameters.js';
import { ListExportQuery } from '../../results/export-query.dto.js';
import { USAGE_INTERVALS, type UsageInterval } from '../../core/usage/counters/usage-periods.js';
import { CATEGORY_CHARACTERS } from '../../core/usage/counters/usage-batch.js';

const CATEGORY = `category must be a text of at most ${CATEGORY_CHARACTERS} characters`;
const MINIMUM = 'minimum must be a whole number from 0 to 1000000000000000';

/** Query of what was counted. */
export class UsageQuery extends ListExportQuery {
  @ApiPropertyOptional({ enum: USAGE_INTERVALS, default: 'day' })
  @IsOptional()
  @IsIn(USAGE_INTERVALS, { message: `interval must be one of ${USAGE_INTERVALS.join(', ')}` })
  interval?: UsageInterval;

  @ApiPropertyOptional({
    type: String,
    description: 'Periods that end after it: RFC 3339, or a date in the time zone of the property.',
  })
  @IsOptional()
  @IsString()
  from?: string;

  @ApiPropertyOptional({ type: String, description: 'Periods that begin before it; as `from`.' })
  @IsOptional()
  @IsString()
  to?: string;

  @ApiPropertyOptional({ type: String, description: 'Counts of this category alone; `daily` where there are means.' })
  @IsOptional()
  @IsString({ message: CATEGORY })
  @MaxLength(CATEGORY_CHARACTERS, { message: CATEGORY })
  category?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    default: 0,
    description: 'Hides counts and means below it, then periods without any.',
  })
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: MINIMUM })
  @Min(0, { message: MINIMUM })
  @Max(1e15, { message: MINIMUM })
  minimum?: number;
}

export class PeriodCountDto {
  /** @example /about */
  event!: string;

  @ApiProperty({
    example: 'page',
    description:
      '`seen`: distinct ids of the category that is the event. `daily`: their mean a day. `total`: all events of the category that is the event.',
  })
  category!: string;

  @ApiProperty({ type: 'number', example: 3 })
  count!: number;

  @ApiPropertyOptional({ type: 'integer', example: 30, description: 'Of a mean: how many days it stands for.' })
  days?: number;
}

export class UsagePeriodDto {
  @ApiProperty({ format: 'date-time' })
  from!: string;

  @ApiProperty({ format: 'date-time', description: 'Exclusive.' })
  to!: string;

  @ApiProperty({ example: '2026-01-01', description: 'Of local time: a minute, day, month or year.' })
  label!: string;

  @ApiProperty({ type: [PeriodCountDto], description: 'By category, the largest first, then by event.' })
  counts!: readonly PeriodCountDto[];
}

/** A line of an export: a count with its period. */
export class UsageLineDto extends PeriodCountDto {
  @ApiProperty({ format: 'date-time' })
  from!: string;

  @ApiProperty({ format: 'date-time' })
  to!: string;

  /** @example 2026-01-01 */
  label!: string;
}

export class StoredMarkDto {
  /** @example v2.1 */
  event!: string;

  /** @example timeline */
  category!: string;

  @ApiProperty({ format: 'date-time' })
  at!: string;
}
