import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { UNDEFINED_REASONS, type UndefinedReason } from '../core/metric/metric.js';
import type { ColumnValue } from './user-row.js';

class ToldValuesDto {
  @ApiProperty({
    type: 'object',
    additionalProperties: { type: ['number', 'boolean', 'string', 'object'] } as object,
    description:
      'The columns that have a value: numbers (durations in the unit of the column), booleans, RFC 3339 instants, maps of numbers by key.',
    example: { count: 2 },
  })
  values!: Record<string, ColumnValue>;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'string', enum: [...UNDEFINED_REASONS] },
    description: 'The columns that have none, each with its reason.',
    example: { time_to: 'never' },
  })
  undefined!: Record<string, UndefinedReason>;
}

/** One user's values over a slice of a series. */
export class UserSliceDto extends ToldValuesDto {
  @ApiProperty({ format: 'date-time', description: 'Where the slice begins.' })
  from!: string;

  @ApiProperty({ type: 'integer', nullable: true, description: 'From 0; null where no ages are asked.' })
  age!: number | null;
}

/** One user's values over the whole window. */
export class UserRowDto extends ToldValuesDto {
  @ApiProperty({ example: '00001' })
  user!: string;

  @ApiPropertyOptional({
    type: [UserSliceDto],
    description: 'With a series: the slices that the user belongs to. One who was born in none has an empty list.',
  })
  slices?: UserSliceDto[];
}
