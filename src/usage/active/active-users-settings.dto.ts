import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { DEFAULT_ACTIVE_USERS, MAX_WINDOWS } from '../../core/usage/active-users-settings.js';
import type { VersionedSettings } from './active-users-settings.service.js';

const NAMES = { anyOf: [{ type: 'string' }, { type: 'array', minItems: 1, items: { type: 'string' } }] };

export class ActivityDto {
  @ApiPropertyOptional({
    nullable: true,
    anyOf: NAMES.anyOf,
    description: 'A name of events or a list of them; null: every event.',
    example: ['login', 'logout'],
  })
  event?: string | string[] | null;

  @ApiPropertyOptional({
    type: 'object',
    nullable: true,
    additionalProperties: true,
    description: 'A filter on their properties, without relative times; null: all of them.',
  })
  where?: Record<string, unknown> | null;
}

export class PresenceDto {
  @ApiProperty({ ...NAMES, description: 'The events that begin a session.', example: ['login'] })
  from!: string | string[];

  @ApiProperty({ ...NAMES, description: 'The events that end it; none of `from`.', example: ['logout'] })
  to!: string | string[];

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'The property of these events that names the session; null: a user has one.',
    example: 'resource',
  })
  session?: string | null;

  @ApiPropertyOptional({
    format: 'duration',
    default: 'P7D',
    description: 'How long a session is open that sees no further event.',
  })
  max?: string;
}

/** What a property calls active users. */
export class ActiveUsersSettingsBodyDto {
  @ApiPropertyOptional({
    type: ActivityDto,
    nullable: true,
    description: 'Which events are activity; null: every one.',
  })
  activity?: ActivityDto | null;

  @ApiPropertyOptional({
    type: [String],
    minItems: 1,
    maxItems: MAX_WINDOWS,
    default: DEFAULT_ACTIVE_USERS.windows,
    description: 'Durations of elapsed time.',
  })
  windows?: string[];

  @ApiPropertyOptional({
    type: PresenceDto,
    nullable: true,
    description: 'Users with an open session are active, however long ago it began; null: there are no sessions.',
  })
  presence?: PresenceDto | null;

  @ApiPropertyOptional({
    type: 'object',
    nullable: true,
    additionalProperties: true,
    description: 'A filter on the current traits of users, without relative times, who are in no figure; null: nobody.',
    example: { trait: 'disabled', eq: true },
  })
  exclude?: Record<string, unknown> | null;

  @ApiPropertyOptional({
    format: 'duration',
    default: DEFAULT_ACTIVE_USERS.every,
    description: 'How often they are computed, from PT1M to P7D; up to a twelfth later.',
  })
  every?: string;
}

/** The settings in full, lists sorted and durations normalised. */
export class ActiveUsersSettingsDto extends ActiveUsersSettingsBodyDto {
  @ApiProperty({ type: 'integer', description: 'Counts changes; 0: nobody has changed the defaults.', example: 1 })
  version!: number;
}

export function toSettingsDto({ version, settings }: VersionedSettings) {
  const { activity, windows, presence, exclude, every } = settings;
  return { activity, windows, presence, exclude, every, version };
}
