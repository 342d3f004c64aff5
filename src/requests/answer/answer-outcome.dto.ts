import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { WARNING_CODES, type WarningCode } from '../../core/warning-codes.js';

/** The figures of a warning are there where the catalogue names them. */
export class AnswerWarningDto {
  @ApiProperty({ enum: Object.keys(WARNING_CODES), example: 'window_not_over' })
  code!: WarningCode;

  @ApiProperty()
  detail!: string;

  @ApiPropertyOptional({ type: 'integer', description: 'How many users it speaks of.' })
  users?: number;

  @ApiPropertyOptional({ type: 'integer', description: 'How many events it speaks of.' })
  events?: number;

  @ApiPropertyOptional({ description: 'The event property, or trait, that it speaks of.' })
  property?: string;

  @ApiPropertyOptional({ description: 'The name that may be meant.' })
  nearest?: string;
}

export class AnswerErrorDto {
  @ApiProperty({ example: 'time_limit_exceeded' })
  code!: string;

  @ApiProperty()
  detail!: string;

  @ApiProperty({ description: 'Whether the same request can succeed later.' })
  retryable!: boolean;
}
