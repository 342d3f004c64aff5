import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { GRANTS, type Grant } from '../../core/access/grants.js';
import type { GrantedInProperty } from '../../core/access/access.js';
import { ROLES, type Role } from '../../core/access/roles.js';
import type { InvitationEntity, MemberEntity, PersonEntity } from './member.entity.js';

const ROLE = { enum: [...ROLES, null], type: String, nullable: true, example: 'analyst' } as const;
const SOME_GRANTS = { enum: GRANTS, isArray: true, nullable: true, description: 'In place of a role.' } as const;

/** A role or grants in one property, beside what holds for the account: the stronger of both holds. */
export class PropertyRoleDto {
  @ApiProperty({ description: 'Id of the property, or its slug.', example: 'default' })
  property!: string;

  @ApiPropertyOptional({ ...ROLE, example: 'viewer' })
  role?: Role | null;

  @ApiPropertyOptional({ ...SOME_GRANTS, example: null })
  grants?: Grant[] | null;
}

export const CREDENTIALS = ['keep', 'revoke'] as const;
export type Credentials = (typeof CREDENTIALS)[number];

export class RemoveMemberQuery {
  @ApiPropertyOptional({
    enum: CREDENTIALS,
    default: 'keep',
    description:
      'revoke: also the keys that he has made, those that such keys have made, and the issuers of tokens that they have set up.',
  })
  @IsIn(CREDENTIALS, { message: `credentials must be one of ${CREDENTIALS.join(', ')}` })
  credentials: Credentials = 'keep';
}

export class MembershipChangesDto {
  @ApiPropertyOptional({
    enum: ROLES,
    example: 'analyst',
    description: 'Or `grants`; neither: nothing for the account.',
  })
  role?: Role;

  @ApiPropertyOptional({ enum: GRANTS, isArray: true })
  grants?: Grant[];

  @ApiPropertyOptional({ type: [PropertyRoleDto] })
  properties?: PropertyRoleDto[];
}

export class NewInvitationDto extends MembershipChangesDto {
  @ApiProperty({ example: 'ann@example.org' })
  email!: string;
}

export class MemberDto {
  /** @example mem_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  @ApiProperty({
    example: 'per_01jd0a1b2c3d4e5f6g7h8j9k0m',
    description: 'Id of the person, as the audit log names it.',
  })
  person!: string;

  /** @example ann@example.org */
  email!: string;

  /** @example Ann */
  name!: string;

  @ApiProperty({ ...ROLE, description: 'For the account; null: `grants`, or nothing.' })
  role!: Role | null;

  @ApiProperty(SOME_GRANTS)
  grants!: Grant[] | null;

  @ApiProperty({ type: [PropertyRoleDto] })
  properties!: readonly GrantedInProperty[];

  @ApiProperty({ type: String, nullable: true, description: 'Id of who invited; null: the program.' })
  created_by!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

const STATES = ['open', 'accepted', 'expired'] as const;

export class InvitationDto {
  /** @example inv_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'ann@example.org',
    description: 'null: whoever has the token.',
  })
  email!: string | null;

  @ApiProperty({ enum: STATES })
  state!: (typeof STATES)[number];

  @ApiProperty(ROLE)
  role!: Role | null;

  @ApiProperty(SOME_GRANTS)
  grants!: Grant[] | null;

  @ApiProperty({ type: [PropertyRoleDto] })
  properties!: readonly GrantedInProperty[];

  @ApiProperty({ format: 'date-time' })
  expires_at!: string;

  @ApiProperty({ type: String, nullable: true })
  created_by!: string | null;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class InvitationWithTokenDto extends InvitationDto {
  @ApiProperty({ description: 'For `POST /v1/invitations/accept`, once; never told again.' })
  token!: string;

  @ApiProperty({
    example: 'https://muster.example.org/invitation#DqTkzYF0p4zR8n1rBq0XyJw6o3h2m5v7s9u1w3y5A7c',
    description: 'The page on which it is accepted; as secret as the token, which it holds.',
  })
  link!: string;

  @ApiProperty({
    type: Boolean,
    nullable: true,
    description: 'Whether the mail server has taken a mail with the link; null: there is none (`SMTP_URL`).',
  })
  mailed!: boolean | null;
}

export function toMemberDto(member: MemberEntity, person: PersonEntity | undefined): MemberDto {
  if (person === undefined) throw new Error('A member who is no person');
  const { email, name } = person;
  return {
    id: member.id,
    person: member.personId,
    email,
    name,
    role: member.role,
    grants: member.grants,
    properties: member.properties,
    created_by: member.createdBy,
    created_at: member.createdAt.toISOString(),
  };
}

export function toInvitationDto(invitation: InvitationEntity, now: Date): InvitationDto {
  const isOver = invitation.expiresAt <= now;
  return {
    id: invitation.id,
    email: invitation.email,
    state: invitation.acceptedAt === null ? (isOver ? 'expired' : 'open') : 'accepted',
    role: invitation.role,
    grants: invitation.grants,
    properties: invitation.properties,
    expires_at: invitation.expiresAt.toISOString(),
    created_by: invitation.createdBy,
    created_at: invitation.createdAt.toISOString(),
  };
}
