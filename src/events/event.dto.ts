import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ITEM_LIMITS } from '../core/ingest/rejection.js';

const SCALAR = { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }, { type: 'null' }] };

/** An event as it is sent. For the documentation only: items are checked on their bytes. */
export class EventDto {
  @ApiPropertyOptional({
    type: String,
    minLength: 1,
    description: `Tells repeated events of one user, name and time apart; 1 to ${ITEM_LIMITS.idBytes} bytes. Without it equal properties make the same event.`,
    example: 'p-1',
  })
  id?: string;

  @ApiProperty({ minLength: 1, description: `1 to ${ITEM_LIMITS.userBytes} bytes.`, example: '00001' })
  user!: string;

  @ApiProperty({ minLength: 1, maxLength: ITEM_LIMITS.nameCharacters, example: 'purchase' })
  event!: string;

  @ApiProperty({
    format: 'date-time',
    description: 'RFC 3339 with an offset, kept to the millisecond; from 1970 to 24 hours ahead.',
    example: '1997-01-01T00:00:00Z',
  })
  time!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: SCALAR as object,
    description: `At most ${ITEM_LIMITS.keys} values; texts have at most ${ITEM_LIMITS.textBytes} bytes, null stands for absent.`,
    example: { cds: 1, dollars: 11.77 },
  })
  properties?: Record<string, string | number | boolean | null>;
}
