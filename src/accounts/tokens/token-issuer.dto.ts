import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { DEFAULT_CLAIM, TOKEN_ALGORITHMS, type TokenAlgorithm } from '../../core/access/parse-token-issuer.js';
import { ROLES, type Role } from '../../core/access/roles.js';
import type { TokenIssuerEntity } from './token-issuer.entity.js';

export class RoleOfValueDto {
  @ApiProperty({ example: 'analysts', description: 'A value of the claim, or one of its list.' })
  value!: string;

  @ApiProperty({ enum: ROLES, example: 'analyst' })
  role!: Role;
}

/** What parseTokenIssuer takes of a change, for the documents. */
export class TokenIssuerChangesDto {
  @ApiPropertyOptional({ example: 'Build server', maxLength: 200 })
  name?: string;

  @ApiPropertyOptional({ example: 'https://login.example.org', description: '`iss` of its tokens, exactly.' })
  issuer?: string;

  @ApiPropertyOptional({
    type: String,
    nullable: true,
    description: 'In `aud` of its tokens; the id of the account, unless it is given. Of an issuer once.',
  })
  audience?: string | null;

  @ApiPropertyOptional({ example: 'https://login.example.org/jwks', description: '`jwks_uri` of its discovery.' })
  jwks_uri?: string;

  @ApiPropertyOptional({ enum: TOKEN_ALGORITHMS, isArray: true, default: TOKEN_ALGORITHMS })
  algorithms?: TokenAlgorithm[];

  @ApiPropertyOptional({ default: DEFAULT_CLAIM, description: 'The claim that `roles` reads: a text, or a list.' })
  claim?: string;

  @ApiPropertyOptional({ type: [RoleOfValueDto], description: 'The strongest role of the values holds.' })
  roles?: RoleOfValueDto[];
}

/** What parseTokenIssuer takes, for the documents. */
export class NewTokenIssuerDto extends TokenIssuerChangesDto {
  @ApiProperty({ example: 'Build server', maxLength: 200 })
  declare name: string;

  @ApiProperty({ example: 'https://login.example.org', description: '`iss` of its tokens, exactly.' })
  declare issuer: string;

  @ApiProperty({ example: 'https://login.example.org/jwks', description: '`jwks_uri` of its discovery.' })
  declare jwks_uri: string;

  @ApiProperty({ type: [RoleOfValueDto], description: 'The strongest role of the values holds.' })
  declare roles: RoleOfValueDto[];
}

export const TOKEN_ISSUER_CHANGE_EXAMPLES = {
  algorithms: { summary: 'One algorithm', value: { algorithms: ['ES256'] } },
};

export class TokenIssuerDto {
  /** @example iss_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** @example Build server */
  name!: string;

  /** @example https://login.example.org */
  issuer!: string;

  /** @example acc_01jd0a1b2c3d4e5f6g7h8j9k0m */
  audience!: string;

  /** @example https://login.example.org/jwks */
  jwks_uri!: string;

  @ApiProperty({ enum: TOKEN_ALGORITHMS, isArray: true })
  algorithms!: TokenAlgorithm[];

  /** @example muster_role */
  claim!: string;

  @ApiProperty({ type: [RoleOfValueDto] })
  roles!: RoleOfValueDto[];

  @ApiProperty({ type: String, nullable: true, description: 'Id of who has set it up.' })
  created_by!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export function toTokenIssuerDto(issuer: TokenIssuerEntity): TokenIssuerDto {
  return {
    id: issuer.id,
    name: issuer.name,
    issuer: issuer.issuer,
    audience: issuer.audience,
    jwks_uri: issuer.jwksUri,
    algorithms: issuer.algorithms,
    claim: issuer.claim,
    roles: [...issuer.roles],
    created_by: issuer.createdBy,
    created_at: issuer.createdAt.toISOString(),
  };
}
