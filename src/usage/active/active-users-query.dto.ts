import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { TextUpTo } from '../../platform/http/query-parameters.js';
import { ExportQuery } from '../../results/export-query.dto.js';

/** When active users are asked for. */
export class ActiveUsersQuery extends ExportQuery {
  @ApiPropertyOptional({
    type: String,
    description: 'An instant that is over, or a date: the figures then, computed anew. Not given: the newest.',
    example: '2026-01-01T00:00:00Z',
  })
  @IsOptional()
  @TextUpTo(100)
  at?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'Start of a history, an instant or a date; not beside `at`.',
    example: '2026-01-01',
  })
  @IsOptional()
  @TextUpTo(100)
  from?: string;

  @ApiPropertyOptional({
    type: String,
    description: 'Its end. Not given: now; what lies in the future is left out.',
    example: '2026-02-01',
  })
  @IsOptional()
  @TextUpTo(100)
  to?: string;

  @ApiPropertyOptional({
    type: String,
    default: 'day',
    description: 'Its slices: minute, hour, day, week, month, year, or a duration such as P7D.',
  })
  @IsOptional()
  @TextUpTo(100)
  interval?: string;
}
