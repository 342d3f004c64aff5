import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { GRANTS, type Grant } from '../../core/access/grants.js';
import { ROLES, type Role } from '../../core/access/roles.js';
import type { SessionEntity } from './session.entity.js';

/** What parseSignIn takes, for the documents. */
export class SignInDto {
  @ApiProperty({ example: 'ann@example.org' })
  email!: string;

  @ApiProperty({ example: 'four words of a password' })
  password!: string;
}

/** What parseAcceptance takes, for the documents. */
export class AcceptInvitationDto {
  @ApiProperty({ description: 'Of the invitation.' })
  token!: string;

  @ApiProperty({ example: 'ann@example.org', description: 'The address that was invited.' })
  email!: string;

  @ApiProperty({
    example: 'four words of a password',
    description: 'Of who has signed in before, his own; else a new one, of 12 to 128 characters.',
  })
  password!: string;

  @ApiPropertyOptional({ example: 'Ann' })
  name?: string;
}

export class ChangePasswordDto {
  @ApiProperty({ description: 'The present one.' })
  old!: string;

  @ApiProperty({ example: 'five other words of a password' })
  new!: string;
}

export class ChooseAccountDto {
  @ApiProperty({ description: 'Id of an account of which the person is a member.' })
  account!: string;
}

export class PersonDto {
  /** @example per_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** @example ann@example.org */
  email!: string;

  /** @example Ann */
  name!: string;
}

export class MembershipDto {
  @ApiProperty({ example: 'acc_01jd0a1b2c3d4e5f6g7h8j9k0m' })
  account!: string;

  @ApiProperty({ example: 'default' })
  name!: string;

  @ApiProperty({ enum: [...ROLES, null], type: String, nullable: true })
  role!: Role | null;

  @ApiProperty({ enum: GRANTS, isArray: true, nullable: true })
  grants!: Grant[] | null;
}

export class HeldInPropertyDto {
  @ApiProperty({ description: 'Id of the property.', example: 'prop_01jd0a1b2c3d4e5f6g7h8j9k0m' })
  property!: string;

  @ApiProperty({ enum: GRANTS, isArray: true })
  grants!: Grant[];
}

/** What somebody may do in an account. */
export class HeldDto {
  @ApiProperty({ enum: GRANTS, isArray: true, description: 'For the account, and in all its properties.' })
  account!: Grant[];

  @ApiProperty({ type: [HeldInPropertyDto], description: 'In single properties, beside those of `account`.' })
  properties!: HeldInPropertyDto[];
}

/** Somebody signed in. */
export class CurrentSessionDto {
  /** @example ses_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  person!: PersonDto;

  @ApiProperty({ description: 'The account in which calls are made; PUT chooses another one.' })
  account!: string;

  @ApiProperty({ type: [MembershipDto] })
  accounts!: MembershipDto[];

  @ApiProperty({ description: 'What the person may do in `account`.' })
  held!: HeldDto;

  @ApiProperty({ description: 'For `X-CSRF-Token`, where a page cannot rely on `Sec-Fetch-Site`.' })
  csrf_token!: string;

  @ApiProperty({ format: 'date-time', description: 'At the latest; twelve hours without a call end it before.' })
  ends_at!: string;
}

/** A session in the list of a person's own. */
export class SessionDto {
  /** @example ses_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  @ApiProperty({ description: 'Whether it is the one of this call.' })
  current!: boolean;

  @ApiProperty({ type: String, nullable: true, example: '203.0.113.0/24' })
  network!: string | null;

  @ApiProperty({ description: '`User-Agent` of the sign-in.' })
  agent!: string;

  @ApiProperty({ format: 'date-time' })
  last_seen_at!: string;

  @ApiProperty({ format: 'date-time' })
  ends_at!: string;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;
}

export class SessionListDto {
  @ApiProperty({ type: [SessionDto], description: 'The newest first.' })
  data!: SessionDto[];
}

export function toSessionDto(session: SessionEntity, currentId: string): SessionDto {
  return {
    id: session.id,
    current: session.id === currentId,
    network: session.network,
    agent: session.agent,
    last_seen_at: session.lastSeenAt.toISOString(),
    ends_at: session.endsAt.toISOString(),
    created_at: session.createdAt.toISOString(),
  };
}
