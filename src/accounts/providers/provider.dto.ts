import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import type { GrantedInProperty } from '../../core/access/access.js';
import { GRANTS, type Grant } from '../../core/access/grants.js';
import { SIGN_UPS, type SignUp } from '../../core/access/parse-provider.js';
import { ROLES, type Role } from '../../core/access/roles.js';
import { PropertyRoleDto } from '../members/member.dto.js';
import type { IdentityEntity, IdentityProviderEntity } from './provider.entity.js';

const OF_SIGN_UP = 'Of who signs up by `domain`, as of members.';
const DOMAINS = {
  type: String,
  isArray: true,
  example: ['example.org'],
  description:
    'For addresses of these the word of the provider is taken: who has one is the member who has it. Set by owners alone.',
};

/** What parseProvider takes of a change, for the documents. */
export class ProviderChangesDto {
  @ApiPropertyOptional({ example: 'Example login', maxLength: 200 })
  name?: string;

  @ApiPropertyOptional({
    example: 'https://login.example.org',
    description: 'As the provider writes itself, also in its last slash. A new one needs its client_secret beside it.',
  })
  issuer?: string;

  @ApiPropertyOptional({ example: 'muster' })
  client_id?: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'Stored encrypted, and never told again. Null: a public client, by PKCE alone.',
  })
  client_secret?: string | null;

  @ApiPropertyOptional(DOMAINS)
  domains?: string[];

  @ApiPropertyOptional({ enum: SIGN_UPS, default: 'closed' })
  sign_up?: SignUp;

  @ApiPropertyOptional({ enum: ROLES, example: 'viewer', description: OF_SIGN_UP })
  role?: Role;

  @ApiPropertyOptional({ enum: GRANTS, isArray: true, description: OF_SIGN_UP })
  grants?: Grant[];

  @ApiPropertyOptional({ type: [PropertyRoleDto], description: OF_SIGN_UP })
  properties?: PropertyRoleDto[];
}

/** What parseProvider takes, for the documents. */
export class NewProviderDto extends ProviderChangesDto {
  @ApiProperty({ example: 'Example login', maxLength: 200 })
  declare name: string;

  @ApiProperty({ example: 'https://login.example.org', description: 'As the provider writes itself.' })
  declare issuer: string;

  @ApiProperty({ example: 'muster' })
  declare client_id: string;
}

export const NEW_PROVIDER_EXAMPLES = {
  invitation: {
    value: {
      name: 'Example login',
      issuer: 'https://login.example.org',
      client_id: 'muster',
      client_secret: 'as the provider shows it',
      domains: ['example.org'],
      sign_up: 'invitation',
    },
  },
};

export const PROVIDER_CHANGE_EXAMPLES = {
  secret: { summary: 'Another secret', value: { client_secret: 'as the provider shows it' } },
};

export class ProviderDto {
  /** @example idp_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** @example Example login */
  name!: string;

  /** @example https://login.example.org */
  issuer!: string;

  /** @example muster */
  client_id!: string;

  @ApiProperty(DOMAINS)
  domains!: string[];

  @ApiProperty({ enum: SIGN_UPS })
  sign_up!: SignUp;

  @ApiProperty({ enum: [...ROLES, null], type: String, nullable: true, description: OF_SIGN_UP })
  role!: Role | null;

  @ApiProperty({ enum: GRANTS, isArray: true, nullable: true, description: OF_SIGN_UP })
  grants!: Grant[] | null;

  @ApiProperty({ type: [PropertyRoleDto], description: OF_SIGN_UP })
  properties!: readonly GrantedInProperty[];

  @ApiProperty({
    example: 'https://muster.example.org/v1/providers/idp_01jd0a1b2c3d4e5f6g7h8j9k0m/callback',
    description: 'To be registered at the provider, exactly so.',
  })
  redirect_uri!: string;

  @ApiProperty({
    example: 'https://muster.example.org/v1/providers/idp_01jd0a1b2c3d4e5f6g7h8j9k0m/sign-in',
    description: 'Where a browser begins to sign in.',
  })
  sign_in_url!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Id of who has set it up.' })
  created_by!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

/** The addresses of a provider's sign-in, at where Muster is reached. */
export function addressesOf(id: string, origin: string): Pick<ProviderDto, 'redirect_uri' | 'sign_in_url'> {
  const base = `${origin}/v1/providers/${id}`;
  return { redirect_uri: `${base}/callback`, sign_in_url: `${base}/sign-in` };
}

export function toProviderDto(provider: IdentityProviderEntity, origin: string): ProviderDto {
  return {
    id: provider.id,
    name: provider.name,
    issuer: provider.issuer,
    client_id: provider.clientId,
    domains: provider.domains,
    sign_up: provider.signUp,
    role: provider.role,
    grants: provider.grants,
    properties: provider.properties,
    ...addressesOf(provider.id, origin),
    created_by: provider.createdBy,
    created_at: provider.createdAt.toISOString(),
  };
}

export class NewIdentityDto {
  @ApiProperty({ description: 'Id of a provider of the account.' })
  provider!: string;

  @ApiPropertyOptional({ example: '/docs', description: 'The path of this server to which the browser comes back.' })
  return_to?: string;
}

export class IdentityLinkDto {
  @ApiProperty({ description: 'Where the browser goes to sign in at the provider, within ten minutes.' })
  url!: string;
}

/** A person at a provider. */
export class IdentityDto {
  /** @example idn_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** @example https://login.example.org */
  issuer!: string;

  @ApiProperty({ type: String, nullable: true, description: 'As the provider said it when it was linked.' })
  email!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class IdentityListDto {
  @ApiProperty({ type: [IdentityDto] })
  data!: IdentityDto[];
}

export function toIdentityDto({ id, issuer, email, createdAt }: IdentityEntity): IdentityDto {
  return { id, issuer, email, created_at: createdAt.toISOString() };
}
