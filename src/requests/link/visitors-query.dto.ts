import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional } from 'class-validator';
import { TextUpTo } from '../../platform/http/query-parameters.js';
import { WaitQuery } from '../../platform/http/wait.js';

const MOST = 10_000;

/** Visitors by period: which events, divided by what, from when to when. */
export class VisitorsQueryDto extends WaitQuery {
  @ApiPropertyOptional({ description: 'Names of events with commas between them; not given: any.', example: '$page' })
  @IsOptional()
  @TextUpTo(MOST)
  event?: string;

  @ApiPropertyOptional({ description: 'A filter on their properties, as JSON.' })
  @IsOptional()
  @TextUpTo(MOST)
  where?: string;

  @ApiPropertyOptional({
    description: 'What visitors are divided by: a property of the events, or `trait:country`.',
    example: '$source',
  })
  @IsOptional()
  @TextUpTo(MOST)
  by?: string;

  @ApiPropertyOptional({ description: 'Only so many of the largest groups, and all others as one.', example: '10' })
  @IsOptional()
  @TextUpTo(MOST)
  top?: string;

  @ApiPropertyOptional({
    default: 'day',
    description: 'minute, hour, day, week, month, year, or a duration such as P7D.',
    example: 'hour',
  })
  @IsOptional()
  @TextUpTo(MOST)
  interval?: string;

  @ApiProperty({ description: 'Start, a date or an instant.', example: '2026-01-01' })
  @TextUpTo(MOST)
  from!: string;

  @ApiProperty({ description: 'End, which does not belong to it.', example: '2026-02-01' })
  @TextUpTo(MOST)
  to!: string;

  @ApiPropertyOptional({ description: "IANA name; the property's unless given." })
  @IsOptional()
  @TextUpTo(MOST)
  time_zone?: string;

  @ApiPropertyOptional({ description: 'Only data before this instant is looked at.' })
  @IsOptional()
  @TextUpTo(MOST)
  as_of?: string;

  @ApiPropertyOptional({ description: 'Which stored answer will do; as in POST /requests.' })
  @IsOptional()
  @TextUpTo(MOST)
  cache?: string;
}
