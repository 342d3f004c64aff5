import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, Matches } from 'class-validator';
import { ListExportQuery } from '../../results/export-query.dto.js';

const DAY = { message: 'day must be a date such as 2026-01-31' };

export class DaySessionsQuery extends ListExportQuery {
  @ApiPropertyOptional({
    type: String,
    format: 'date',
    description: 'A date in the time zone of the property. Not given: today.',
    example: '2026-01-31',
  })
  @IsOptional()
  @Matches(/^\d{4}-\d{2}-\d{2}$/, DAY)
  day?: string;
}

/** A session that begins on the day. */
export class DaySessionDto {
  @ApiProperty({ example: '7c9e6679-7425-40de-944b-e07fc1f90ae7', description: 'The property `$session`.' })
  session!: string;

  @ApiProperty({ format: 'date-time', description: 'Time of its first event.' })
  start!: string;

  @ApiProperty({ format: 'date-time', description: 'Time of its last event.' })
  end!: string;

  @ApiProperty({ type: 'integer' })
  events!: number;

  @ApiProperty({ type: 'integer', description: 'Its events `$page`.' })
  pages!: number;

  @ApiProperty({ type: String, nullable: true, description: '`$source` of the first event that has one.' })
  source!: string | null;

  @ApiProperty({ type: String, nullable: true, description: '`$visitor` of the first event that has one.' })
  visitor!: string | null;

  @ApiProperty({ description: 'The user of its last event: the visitor, unless he has signed in.' })
  user!: string;
}
