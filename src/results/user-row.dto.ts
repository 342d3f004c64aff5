import { ApiProperty } from '@nestjs/swagger';
import { UNDEFINED_REASONS, type UndefinedReason } from '../core/metric/metric.js';
import type { ColumnValue } from './user-row.js';

export class UserRowDto {
  @ApiProperty({ example: '00001' })
  user!: string;

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
