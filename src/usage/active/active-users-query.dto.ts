import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { ExportQuery } from '../../results/export-query.dto.js';

const TEXT = (name: string) => ({ message: `${name} must be a text of at most 100 characters, given once` });

/** When active users are asked for. */
export class ActiveUsersQuery extends ExportQuery {
  @ApiPropertyOptional({
    type: String,
    description: 'An instant that is over, or a date: the figures then, computed anew. Not given: the newest.',
    example: '2026-01-01T00:00:00Z',
  })
  @IsOptional()
  @IsString(TEXT('at'))
  @MaxLength(100, TEXT('at'))
  at?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'Start of a history, an instant or a date; not beside `at`.',
    example: '2026-01-01',
  })
  @IsOptional()
  @IsString(TEXT('from'))
  @MaxLength(100, TEXT('from'))
  from?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'Its end. Not given: now; what lies in the future is left out.',
    example: '2026-02-01',
  })
  @IsOptional()
  @IsString(TEXT('to'))
  @MaxLength(100, TEXT('to'))
  to?: string;

  @ApiPropertyOptional({
    type: String,
    default: 'day',
    description: 'Its slices: minute, hour, day, week, month, year, or a duration such as P7D.',
  })
  @IsOptional()
  @IsString(TEXT('interval'))
  @MaxLength(100, TEXT('interval'))
  interval?: string;
}
