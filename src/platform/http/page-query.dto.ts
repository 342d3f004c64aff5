import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsInt, IsOptional, IsString, Max, MaxLength, Min } from 'class-validator';
import { WholeNumber } from './whole-number.js';

const LIMIT = 'limit must be a whole number from 1 to 1000';

/** Query parameters of every list. */
export class PageQuery {
  @ApiPropertyOptional({
    type: 'integer',
    minimum: 1,
    maximum: 1000,
    default: 100,
    description: 'How many items a page holds at most.',
  })
  @WholeNumber()
  @IsInt({ message: LIMIT })
  @Min(1, { message: LIMIT })
  @Max(1000, { message: LIMIT })
  limit: number = 100;

  @ApiPropertyOptional({ type: String, description: 'next_cursor of the page before; absent: the first page.' })
  @IsOptional()
  @IsString({ message: 'cursor must be next_cursor of the page before' })
  @MaxLength(4000, { message: 'cursor must be next_cursor of the page before' })
  cursor?: string;
}
