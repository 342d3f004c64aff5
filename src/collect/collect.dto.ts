import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsOptional, IsString, MaxLength } from 'class-validator';
import { ITEM_LIMITS } from '../core/ingest/rejection.js';
import { IngestErrorDto } from '../properties/ingest/ingest-answer.dto.js';

const SCALAR = { oneOf: [{ type: 'string' }, { type: 'number' }, { type: 'boolean' }, { type: 'null' }] };

/** By which setting events are dropped. */
export const DROP_REASONS = ['bot', 'gpc', 'dnt'] as const;
export type DropReason = (typeof DROP_REASONS)[number];

class CollectEntryDto {
  @ApiPropertyOptional({ type: String, nullable: true, example: 'https://shop.example.org/?utm_source=news' })
  url?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'https://www.example.com/' })
  referrer?: string | null;
}

class CollectApplicationDto {
  @ApiProperty({ maxLength: 200, example: 'Editor' })
  name!: string;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 200, example: '2.1.0' })
  version?: string | null;
}

class CollectContextDto {
  @ApiPropertyOptional({ maxLength: 200, description: 'Kept as `$library`.', example: 'tracker/0.1.0' })
  library?: string;

  @ApiPropertyOptional({ maxLength: 200, description: 'Kept as `$screen`.', example: '1280x800' })
  screen?: string;

  @ApiPropertyOptional({ maxLength: 200, description: 'Kept as `$language`.', example: 'de-DE' })
  language?: string;

  @ApiPropertyOptional({
    description: 'The page by which the session began: its source is that of every event. Nothing else of it is kept.',
  })
  entry?: CollectEntryDto;

  @ApiPropertyOptional({ description: 'Of what is no browser: kept as `$application` and `$version`.' })
  application?: CollectApplicationDto;

  @ApiPropertyOptional({ maxLength: 200, description: 'Of applications: kept as `$os`.', example: 'Linux' })
  os?: string;

  @ApiPropertyOptional({ description: 'false: the visitor has not agreed to be known again.' })
  consent?: boolean;
}

/** An event as it is sent. For the documentation only: events are checked one by one. */
class CollectEventDto {
  @ApiProperty({ minLength: 1, maxLength: ITEM_LIMITS.nameCharacters, example: '$page' })
  event!: string;

  @ApiProperty({ format: 'date-time', description: 'At most 7 days back.', example: '2026-12-01T12:00:01.000Z' })
  time!: string;

  @ApiPropertyOptional({
    type: String,
    minLength: 1,
    description: `Made by the sender, so that what is sent again counts once; 1 to ${ITEM_LIMITS.idBytes} bytes.`,
    example: '5f1c0c1e-8a8b-4f0e-9a40-0d8a3f7f9a11',
  })
  id?: string;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Who has signed in.', example: 'u-17' })
  user?: string | null;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'The browser or the installation; absent: the server gives an id for a day.',
  })
  visitor?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true, description: 'Absent: the server gives one.' })
  session?: string | null;

  @ApiPropertyOptional({ type: String, nullable: true })
  tab?: string | null;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: SCALAR as object,
    example: { $url: 'https://shop.example.org/cart', $title: 'Cart' },
  })
  properties?: Record<string, string | number | boolean | null>;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: SCALAR as object,
    description: 'Of `$signup`, `$login` and `$update`: what is known of the user from now on; null removes.',
  })
  traits?: Record<string, string | number | boolean | null>;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Of `$signup` and `$login`; `$signup` without it registers the user at `time`.',
  })
  registered_at?: string | null;
}

/** What parseCollectBody takes, for the documents. */
export class CollectBodyDto {
  @ApiProperty({ description: 'A public key.', example: 'muster_pk_...' })
  key!: string;

  @ApiPropertyOptional({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'The clock of the sender; where it is off by more than 5 s, times are moved by that.',
  })
  sent_at?: string | null;

  @ApiPropertyOptional({ description: 'What holds for all events.' })
  context?: CollectContextDto;

  @ApiProperty({ type: [CollectEventDto], minItems: 1 })
  events!: CollectEventDto[];
}

/** What became of the events of a body. */
export class CollectAnswerDto {
  @ApiProperty({ type: 'integer', description: 'Events stored that were not there before.', example: 2 })
  accepted!: number;

  @ApiProperty({ type: 'integer', description: 'Events that were there before, or count once.', example: 0 })
  duplicates!: number;

  @ApiProperty({ type: 'integer', example: 0 })
  rejected!: number;

  @ApiProperty({ type: [IngestErrorDto], description: 'Why events were rejected, as in the answer of POST events.' })
  errors!: readonly IngestErrorDto[];

  @ApiPropertyOptional({ type: 'integer', description: 'How many faults no index of `errors` tells of.' })
  errors_omitted?: number;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: `How many events were dropped by a setting: ${DROP_REASONS.join(', ')}. Absent: none.`,
    example: { bot: 2 },
  })
  dropped?: Partial<Record<DropReason, number>>;
}

const MAX_TEXT = 8_192;

function Parameter(description: string, example: string): PropertyDecorator {
  return (target, key) => {
    const message = `${String(key)} must be a text of at most ${MAX_TEXT} characters`;
    ApiPropertyOptional({ description, example })(target, key);
    for (const rule of [IsOptional(), IsString({ message }), MaxLength(MAX_TEXT, { message })]) rule(target, key);
  };
}

/** Query parameters of the picture. */
export class CollectPictureQuery {
  @Parameter('A public key.', 'muster_pk_...')
  key?: string;

  @Parameter('Name of the event; absent: `$page`.', '$page')
  event?: string;

  @Parameter('The page; absent: the one that shows the picture.', 'https://shop.example.org/cart')
  url?: string;

  @Parameter('The page before.', 'https://www.example.com/')
  referrer?: string;

  @Parameter('Title of the page.', 'Cart')
  title?: string;

  @Parameter('Who has signed in.', 'u-17')
  user?: string;

  @Parameter('Properties of the event, as JSON.', '{"issue": "12"}')
  properties?: string;
}
