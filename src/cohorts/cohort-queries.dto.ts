import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsInt, IsOptional, IsString, Length, Max, MaxLength, Min } from 'class-validator';
import { PageQuery } from '../platform/http/page.js';
import { WholeNumber } from '../platform/http/query-parameters.js';
import { ListExportQuery } from '../results/export-query.dto.js';
import { COHORT_KINDS, type CohortKind } from './cohort-version.entity.js';

const ARCHIVED = ['true', 'false', 'any'] as const;
const LAST_VERSION = 2_147_483_647;

export class ListCohortsQuery extends PageQuery {
  @ApiPropertyOptional({ description: 'Only cohorts with this tag.', example: 'cdnow' })
  @IsOptional()
  @IsString({ message: 'tag must be a text' })
  @MaxLength(100, { message: 'tag must have at most 100 characters' })
  tag?: string;

  @ApiPropertyOptional({ enum: COHORT_KINDS, description: 'Only cohorts that are made so.' })
  @IsOptional()
  @IsIn(COHORT_KINDS, { message: `kind must be one of ${COHORT_KINDS.join(', ')}` })
  kind?: CohortKind;

  @ApiPropertyOptional({ description: 'Only cohorts with this in their name, description or tags, in any case.' })
  @IsOptional()
  @IsString({ message: 'text must be a text' })
  @MaxLength(200, { message: 'text must have at most 200 characters' })
  text?: string;

  @ApiPropertyOptional({ enum: ARCHIVED, default: 'false', description: 'Those that were put away, or all.' })
  @IsIn(ARCHIVED, { message: `archived must be one of ${ARCHIVED.join(', ')}` })
  archived: (typeof ARCHIVED)[number] = 'false';
}

export class RemoveCohortQuery {
  @ApiPropertyOptional({ enum: ['true', 'false'], default: 'false', description: 'Also where it is in use.' })
  @IsIn(['true', 'false'], { message: 'force must be true or false' })
  force: 'true' | 'false' = 'false';
}

export class DifferenceQuery extends ListExportQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    description: 'The earlier version; absent: the one before `to`.',
  })
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'from must be the number of a version, from 1' })
  @Min(1, { message: 'from must be the number of a version, from 1' })
  @Max(LAST_VERSION, { message: 'from must be the number of a version, from 1' })
  from?: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 1, description: 'The later version; absent: the current one.' })
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'to must be the number of a version, from 1' })
  @Min(1, { message: 'to must be the number of a version, from 1' })
  @Max(LAST_VERSION, { message: 'to must be the number of a version, from 1' })
  to?: number;
}

/** Members, all or some. */
export class MemberTextQuery extends ListExportQuery {
  @ApiPropertyOptional({ description: 'Only users with this in their id, in any case.' })
  @IsOptional()
  @IsString({ message: 'text must be a text' })
  @Length(1, 200, { message: 'text must have 1 to 200 characters' })
  text?: string;
}

export class MemberQuery extends MemberTextQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    description: 'A version of the cohort; absent: the current one.',
  })
  @IsOptional()
  @WholeNumber()
  @IsInt({ message: 'version must be the number of a version, from 1' })
  @Min(1, { message: 'version must be the number of a version, from 1' })
  @Max(LAST_VERSION, { message: 'version must be the number of a version, from 1' })
  version?: number;
}
