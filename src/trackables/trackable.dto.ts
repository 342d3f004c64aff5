import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, Matches, MaxLength } from 'class-validator';
import {
  ALIAS_CHOICES,
  TRACKABLE_GROUPS,
  TRACKABLE_TYPES,
  type AliasChoice,
  type TrackableGroup,
  type TrackableType,
} from '../core/trackables/trackable.js';
import type { Page } from '../platform/http/page.js';
import { ListExportQuery } from '../results/export-query.dto.js';

const APPLICATION = { message: 'application must be the name of an application, at most 1000 characters' };

const ANY_TYPE = `(?:${TRACKABLE_TYPES.join('|')})`;
const TYPES = new RegExp(`^${ANY_TYPE}(?:,${ANY_TYPE}){0,9}$`);

class OfApplication extends ListExportQuery {
  @ApiPropertyOptional({ type: String, description: 'Only of this application (`$application`).', example: 'editor' })
  @IsOptional()
  @IsString(APPLICATION)
  @MaxLength(1000, APPLICATION)
  application?: string;
}

export class TrackablesQuery extends OfApplication {
  @ApiPropertyOptional({
    type: String,
    pattern: TYPES.source,
    description: `Only of these types, by commas: ${TRACKABLE_TYPES.join(', ')}.`,
    example: 'statistic,timer',
  })
  @IsOptional()
  @Matches(TYPES, { message: `type must be one or more, by commas, of ${TRACKABLE_TYPES.join(', ')}` })
  type?: string;
}

export class TrackableQuery extends OfApplication {
  @ApiPropertyOptional({
    enum: TRACKABLE_GROUPS,
    default: 'application',
    description: 'What the figures are divided by. `user` needs `people:read`; `state` is for states.',
  })
  @IsOptional()
  @IsIn(TRACKABLE_GROUPS, { message: `by must be one of ${TRACKABLE_GROUPS.join(', ')}` })
  by?: TrackableGroup;

  @ApiPropertyOptional({
    enum: ALIAS_CHOICES,
    default: 'include',
    description: 'Users with the trait `alias`: among the others, left out, or alone.',
  })
  @IsOptional()
  @IsIn(ALIAS_CHOICES, { message: `aliases must be one of ${ALIAS_CHOICES.join(', ')}` })
  aliases?: AliasChoice;
}

/** What is tracked under a name by an application. */
export class TrackableDto {
  @ApiProperty({ enum: TRACKABLE_TYPES, example: 'statistic' })
  type!: TrackableType;

  @ApiProperty({ example: 'runs' })
  name!: string;

  @ApiProperty({ type: String, nullable: true, example: 'editor', description: 'Null: its events name none.' })
  application!: string | null;

  @ApiProperty({ type: 'integer', description: 'Users with an event of it; of a sequence those who completed it.' })
  users!: number;

  @ApiProperty({ type: 'integer', description: 'Its events; of a sequence how often it was completed.' })
  events!: number;

  @ApiProperty({ format: 'date-time', description: 'Time of the newest.' })
  last!: string;
}

/** The figures of a trackable as a whole. */
export class TrackableTotalsDto {
  @ApiProperty({ type: 'integer', description: 'Users with an event of it.' })
  users!: number;

  @ApiProperty({ type: 'integer', description: 'As the metric event_count has them.' })
  events!: number;

  @ApiPropertyOptional({
    type: 'number',
    description:
      'The last values of the users in each application, added up (metric last_value); of a state not there.',
  })
  total?: number;

  @ApiPropertyOptional({
    type: 'number',
    description: 'What the events brought, added up (metric value_sum); of statistics and timers.',
  })
  added?: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'Time of the newest event.' })
  last!: string | null;
}

/** A part of the figures; what it is a part by stands in it. */
export class TrackablePartDto {
  @ApiPropertyOptional({ type: String, nullable: true, description: 'By application and version.' })
  application?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'By version.' })
  version?: string | null;

  @ApiPropertyOptional({ description: 'By user.' })
  user?: string;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'By user: his trait `alias`.' })
  alias?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'By state: the state that users are in; by user: the state he is in. Null: none.',
  })
  state?: string | null;

  @ApiPropertyOptional({ type: 'integer', description: 'Not by user.' })
  users?: number;

  @ApiPropertyOptional({ type: 'integer', description: 'Not by state.' })
  events?: number;

  @ApiPropertyOptional({ type: 'number' })
  total?: number;

  @ApiPropertyOptional({ type: 'number' })
  added?: number;

  @ApiProperty({ format: 'date-time' })
  last!: string;
}

/** What a page of parts says of the whole. */
export interface TrackableWhole {
  readonly type: TrackableType;
  readonly name: string;
  readonly application: string | null;
  readonly by: TrackableGroup;
  readonly aliases: AliasChoice;
  readonly as_of: string;
  readonly data_version: number;
  readonly totals: TrackableTotalsDto;
}

/** A page of parts, with the whole. */
export type TrackablePage = Page<TrackablePartDto> & TrackableWhole;
