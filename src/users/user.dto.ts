import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ITEM_LIMITS } from '../core/ingest/rejection.js';

const SCALAR = { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }] };
const SCALAR_OR_NULL = { oneOf: [...SCALAR.oneOf, { type: 'null' }] };

/** An upsert as it is sent. For the documentation only: items are checked on their bytes. */
export class UserUpsertDto {
  @ApiProperty({ minLength: 1, description: `1 to ${ITEM_LIMITS.userBytes} bytes.`, example: '00001' })
  user!: string;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description:
      'RFC 3339 with an offset, or a date, which is its first instant in the time zone of the property; null removes it, absent leaves it as it is.',
    example: '1997-01-01T00:00:00Z',
  })
  registered_at?: string | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: SCALAR_OR_NULL as object,
    description: `Key by key the last one wins; null removes a trait. At most ${ITEM_LIMITS.keys} at once.`,
    example: { country: 'US' },
  })
  traits?: Record<string, string | number | boolean | null>;
}

/** What is known of a user. */
export class UserDto {
  @ApiProperty({ example: '00001' })
  user!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: '1997-01-01T00:00:00.000Z' })
  registered_at!: string | null;

  @ApiProperty({ type: 'object', additionalProperties: SCALAR as object, example: { country: 'US' } })
  traits!: Record<string, string | number | boolean>;

  @ApiProperty({ type: 'integer', description: 'How many events the user has.' })
  events!: number;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  first_event_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  last_event_at!: string | null;
}
