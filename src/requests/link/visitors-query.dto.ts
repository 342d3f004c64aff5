import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { WaitQuery } from '../../platform/http/wait.js';

const MOST = 10_000;
const text = (name: string) => ({ message: `${name} must be a text of at most ${MOST} characters, given once` });

/** A parameter that is a text. */
function Text(name: string): PropertyDecorator {
  return (target, key) => {
    IsString(text(name))(target, key as string);
    MaxLength(MOST, text(name))(target, key as string);
  };
}

/** Visitors by period: which events, divided by what, from when to when. */
export class VisitorsQueryDto extends WaitQuery {
  @ApiPropertyOptional({ description: 'Names of events with commas between them; not given: any.', example: '$page' })
  @IsOptional()
  @Text('event')
  event?: string;

  @ApiPropertyOptional({ description: 'A filter on their properties, as JSON.' })
  @IsOptional()
  @Text('where')
  where?: string;

  @ApiPropertyOptional({
    description: 'What visitors are divided by: a property of the events, or `trait:country`.',
    example: '$source',
  })
  @IsOptional()
  @Text('by')
  by?: string;

  @ApiPropertyOptional({ description: 'Only so many of the largest groups, and all others as one.', example: '10' })
  @IsOptional()
  @Text('top')
  top?: string;

  @ApiPropertyOptional({
    default: 'day',
    description: 'minute, hour, day, week, month, year, or a duration such as P7D.',
    example: 'hour',
  })
  @IsOptional()
  @Text('interval')
  interval?: string;

  @ApiProperty({ description: 'Start, a date or an instant.', example: '2026-01-01' })
  @Text('from')
  from!: string;

  @ApiProperty({ description: 'End, which does not belong to it.', example: '2026-02-01' })
  @Text('to')
  to!: string;

  @ApiPropertyOptional({ description: "IANA name; the property's unless given." })
  @IsOptional()
  @Text('time_zone')
  time_zone?: string;

  @ApiPropertyOptional({ description: 'Only data before this instant is looked at.' })
  @IsOptional()
  @Text('as_of')
  as_of?: string;

  @ApiPropertyOptional({ description: 'Which stored answer will do; as in POST /requests.' })
  @IsOptional()
  @Text('cache')
  cache?: string;
}
