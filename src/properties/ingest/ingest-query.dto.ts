import { ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';

/** Query parameters of ingestion. */
export class IngestQuery {
  @ApiPropertyOptional({
    type: 'boolean',
    default: false,
    description: 'All items or none: 422 when one of them is not valid. For JSON arrays only.',
  })
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'strict must be true or false' })
  strict?: 'true' | 'false';
}
