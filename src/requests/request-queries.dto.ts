import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Length, Matches, Max, MaxLength, Min } from 'class-validator';
import { METRIC_IDS } from '../core/metric/catalogue.js';
import { PageQuery } from '../platform/http/page.js';
import { WholeNumber } from '../platform/http/query-parameters.js';
import { ExportQuery } from '../results/export-query.dto.js';
import { RUN_STATES, type RunState } from './run/run.entity.js';

/** What a list may hold beside summaries. */
const INCLUDES = ['answers'] as const;
const TEXT_RULE = 'text must have 1 to 200 characters';
/** The form of all of them. */
const METRIC = /^[a-z][a-z0-9_]{0,63}$/;
const LIMIT = 'limit must be a whole number from 1 to 10000';

/** Query of GET /requests. */
export class ListRequestsQuery extends PageQuery {
  @ApiPropertyOptional({ type: String, description: 'Id or name of a saved cohort.' })
  @IsOptional()
  @IsString({ message: 'cohort must be the id or name of a cohort' })
  @MaxLength(1000, { message: 'cohort must be the id or name of a cohort' })
  cohort?: string;

  @ApiPropertyOptional({ type: String, description: 'Id of a built-in, or id or name of a named metric.' })
  @IsOptional()
  @Matches(METRIC, { message: `metric must be the name or id of a named metric, or one of ${METRIC_IDS.join(', ')}` })
  metric?: string;

  @ApiPropertyOptional({ enum: RUN_STATES })
  @IsOptional()
  @IsIn(RUN_STATES, { message: `status must be one of ${RUN_STATES.join(', ')}` })
  status?: RunState;

  @ApiPropertyOptional({
    type: String,
    description: 'Anywhere in id, hash, resolved request or name of the cohort, in any case.',
  })
  @IsOptional()
  @IsString({ message: TEXT_RULE })
  @Length(1, 200, { message: TEXT_RULE })
  text?: string;

  @ApiPropertyOptional({ type: String, description: 'Id of the key or person that sent it, or `me`.' })
  @IsOptional()
  @Matches(/^(me|(key|per)_[0-9a-z]{26})$/, { message: 'caller must be the id of a key or a person, or me' })
  caller?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'Sent at or after: RFC 3339, or a date: its first instant in the time zone of the property.',
  })
  @IsOptional()
  @IsString()
  created_from?: string;

  @ApiPropertyOptional({ type: String, description: 'Sent before; as created_from.' })
  @IsOptional()
  @IsString()
  created_to?: string;

  @ApiPropertyOptional({
    enum: INCLUDES,
    description: '`answers`: as far as they fit into what a page may hold of them.',
  })
  @IsOptional()
  @IsIn(INCLUDES, { message: `include must be ${INCLUDES.join(' or ')}` })
  include?: (typeof INCLUDES)[number];
}

/** Query of GET /requests/{id}/users. */
export class UserValuesQuery extends ExportQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 10_000,
    default: 100,
    description:
      'Users of a page at most; fewer where a series has so many slices that a page would have more than 5,000 of them.',
  })
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: LIMIT })
  @Min(1, { message: LIMIT })
  @Max(10_000, { message: LIMIT })
  limit?: number;

  @ApiPropertyOptional({ type: String, description: 'next_cursor of the page before.' })
  @IsOptional()
  @IsString({ message: 'cursor must be next_cursor of the page before' })
  @MaxLength(1000, { message: 'cursor must be next_cursor of the page before' })
  cursor?: string;
}
