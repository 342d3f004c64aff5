import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { GRANTS, type Grant } from '../core/access/grants.js';
import { DEFAULT_OVERLAP, KEY_KINDS, type KeyKind } from '../core/access/parse-key.js';
import { ROLES, type Role } from '../core/access/roles.js';
import { PageQuery } from '../platform/http/page.js';
import type { ApiKeyEntity, ApiKeySecretEntity } from './api-key.entity.js';

export const KEY_STATES = ['active', 'expired', 'revoked'] as const;
export type KeyState = (typeof KEY_STATES)[number];

const ROLE = { enum: ROLES, example: 'viewer' } as const;
const SOME_GRANTS = { enum: GRANTS, isArray: true, example: ['cohorts:read', 'requests:read'] } as const;

/** What parseNewKey takes, for the documents. */
export class NewKeyBodyDto {
  @ApiProperty({ example: 'dashboard', maxLength: 200 })
  name!: string;

  @ApiPropertyOptional({
    enum: KEY_KINDS,
    default: 'secret',
    description: '`public`: may stand in a web page; writes events of one property and nothing else.',
  })
  kind?: KeyKind;

  @ApiPropertyOptional({ ...ROLE, description: 'A secret key has a role, or `grants` in its place.' })
  role?: Role;

  @ApiPropertyOptional(SOME_GRANTS)
  grants?: Grant[];

  @ApiPropertyOptional({
    type: [String],
    description: 'Ids or slugs of the properties in which it holds; absent: the account and all its properties.',
    example: ['default'],
  })
  properties?: string[];

  @ApiPropertyOptional({ format: 'date-time', description: 'Absent: never.', example: '2030-01-01T00:00:00Z' })
  expires_at?: string;

  @ApiPropertyOptional({ description: 'Of a public key: id or slug of its property.' })
  property?: string;

  @ApiPropertyOptional({
    type: [String],
    description: 'Of a public key: from which pages it is taken, exact or as `*.example.org`.',
  })
  origins?: string[];
}

/** What parseKeyChanges takes, for the documents. */
export class KeyChangesDto {
  @ApiPropertyOptional({ example: 'dashboard', maxLength: 200 })
  name?: string;

  @ApiPropertyOptional(ROLE)
  role?: Role;

  @ApiPropertyOptional(SOME_GRANTS)
  grants?: Grant[];

  @ApiPropertyOptional({ type: [String], nullable: true, description: 'null: the account and all its properties.' })
  properties?: string[] | null;

  @ApiPropertyOptional({ type: String, format: 'date-time', nullable: true, description: 'null: never.' })
  expires_at?: string | null;

  @ApiPropertyOptional({ type: [String], description: 'Of a public key.' })
  origins?: string[];
}

/** What parseOverlap takes, for the documents. */
export class RotateKeyDto {
  @ApiPropertyOptional({
    default: DEFAULT_OVERLAP,
    example: 'PT1H',
    description: 'How long the old secret is taken beside the new one; `PT0S`: not at all. At most 90 days.',
  })
  overlap?: string;
}

export const NEW_KEY_EXAMPLES = {
  role: { summary: 'A role in one property', value: { name: 'dashboard', role: 'viewer', properties: ['default'] } },
  grants: { summary: 'Grants in all', value: { name: 'sender', grants: ['events:write', 'users:write'] } },
  public: {
    summary: 'For a web page',
    value: { name: 'web site', kind: 'public', property: 'default', origins: ['https://www.example.org'] },
  },
};

export const KEY_CHANGE_EXAMPLES = {
  grants: { summary: 'Other grants', value: { grants: ['cohorts:read', 'requests:read'] } },
  end: { summary: 'An end', value: { expires_at: '2100-01-01T00:00:00Z' } },
};

export class ListKeysQuery extends PageQuery {
  @ApiPropertyOptional({ enum: KEY_STATES })
  @IsOptional()
  @IsIn(KEY_STATES, { message: `state must be one of ${KEY_STATES.join(', ')}` })
  state?: KeyState;
}

/** A secret of a key, as far as it may be told. */
export class KeySecretDto {
  @ApiProperty({ description: 'Its last four characters.', example: 'x7Qa' })
  hint!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'Until when it is taken beside the one that has replaced it; null: it is the newest.',
  })
  ends_at!: string | null;
}

export class KeyDto {
  /** @example key_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** @example dashboard */
  name!: string;

  @ApiProperty({ enum: KEY_KINDS, example: 'secret' })
  kind!: KeyKind;

  @ApiProperty({ enum: KEY_STATES, example: 'active' })
  state!: KeyState;

  @ApiProperty({ ...ROLE, enum: [...ROLES, null], type: String, nullable: true })
  role!: Role | null;

  @ApiProperty({ ...SOME_GRANTS, nullable: true, description: 'In place of a role.' })
  grants!: Grant[] | null;

  @ApiProperty({
    type: [String],
    nullable: true,
    description: 'Ids of the properties in which it holds; null: the account and all its properties.',
  })
  properties!: string[] | null;

  @ApiProperty({ type: [String], nullable: true, description: 'Of a public key.' })
  origins!: string[] | null;

  @ApiProperty({ type: [KeySecretDto], description: 'Those that are taken, the newest first.' })
  secrets!: KeySecretDto[];

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  expires_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  revoked_at!: string | null;

  @ApiProperty({ type: String, format: 'date-time', nullable: true, description: 'To the minute.' })
  last_used_at!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    description: 'Id of who made it; null: the program, at its first start or by a command.',
  })
  created_by!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

/** A key with its new secret, which is told this once. */
export class KeyWithSecretDto extends KeyDto {
  @ApiProperty({ description: 'To be sent as `Authorization: Bearer`. It is not stored, and never told again.' })
  secret!: string;
}

/** `secrets`: of this key. */
export function toKeyDto(key: ApiKeyEntity, secrets: readonly ApiKeySecretEntity[], now: Date): KeyDto {
  const taken = secrets.filter(({ endsAt }) => endsAt === null || endsAt > now);
  return {
    id: key.id,
    name: key.name,
    kind: key.kind,
    state: stateOf(key, now),
    role: key.role,
    grants: key.grants,
    properties: key.properties,
    origins: key.origins,
    secrets: taken
      .toSorted((a, b) => b.createdAt.getTime() - a.createdAt.getTime())
      .map(({ hint, createdAt, endsAt }) => ({ hint, created_at: createdAt.toISOString(), ends_at: instant(endsAt) })),
    expires_at: instant(key.expiresAt),
    revoked_at: instant(key.revokedAt),
    last_used_at: instant(key.lastUsedAt),
    created_by: key.createdBy,
    created_at: key.createdAt.toISOString(),
  };
}

function stateOf({ revokedAt, expiresAt }: ApiKeyEntity, now: Date): KeyState {
  if (revokedAt !== null) return 'revoked';
  return expiresAt !== null && expiresAt <= now ? 'expired' : 'active';
}

function instant(date: Date | null): string | null {
  return date && date.toISOString();
}
