import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional, IsString, MaxLength } from 'class-validator';
import { AUDITED_ACTIONS, type AuditedAction } from '../../access/audits.js';
import { ListExportQuery } from '../../results/export-query.dto.js';
import type { AuditEntryEntity } from './audit-entry.entity.js';

/** Actions of the program itself, by a command. */
export const ACTIONS = [...AUDITED_ACTIONS, 'key.replace'] as const;

const FORMATS = ['json', 'ndjson', 'csv'] as const;
const ID = 'must be an id, at most 1000 characters';

/** Query of the audit log; all of what is given must hold. */
export class AuditQuery extends ListExportQuery {
  @ApiPropertyOptional({
    enum: FORMATS,
    description: 'Instead of Accept. json gives a page, every other one all of it.',
  })
  @IsOptional()
  @IsIn(FORMATS, { message: `format must be one of ${FORMATS.join(', ')}` })
  declare format?: (typeof FORMATS)[number];

  @ApiPropertyOptional({ type: String, description: 'At or after: RFC 3339, or a date in UTC.' })
  @IsOptional()
  @IsString()
  from?: string;

  @ApiPropertyOptional({ type: String, description: 'Before; as `from`.' })
  @IsOptional()
  @IsString()
  to?: string;

  @ApiPropertyOptional({ type: String, description: 'Id of who did it.' })
  @IsOptional()
  @MaxLength(1000, { message: `actor ${ID}` })
  actor?: string;

  @ApiPropertyOptional({ enum: ACTIONS })
  @IsOptional()
  @IsIn(ACTIONS, { message: `action must be one of ${ACTIONS.join(', ')}` })
  action?: AuditedAction | 'key.replace';

  @ApiPropertyOptional({ type: String, description: 'Id of the thing, or of the property.' })
  @IsOptional()
  @MaxLength(1000, { message: `thing ${ID}` })
  thing?: string;
}

export class AuditEntryDto {
  /** @example aud_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  @ApiProperty({ format: 'date-time' })
  at!: string;

  @ApiProperty({
    type: String,
    nullable: true,
    example: 'key_01jd0a1b2c3d4e5f6g7h8j9k0m',
    description:
      'Id of the caller; null: the program, by a command, or somebody who could not sign in (`thing` is the person whose address was given).',
  })
  actor!: string | null;

  @ApiProperty({ enum: ACTIONS, example: 'key.create' })
  action!: string;

  @ApiProperty({ type: String, nullable: true, description: 'Id of the property that it was in.' })
  property!: string | null;

  @ApiProperty({ type: String, nullable: true, description: 'Id of the thing, or the name by which it was called.' })
  thing!: string | null;

  @ApiProperty({
    type: String,
    nullable: true,
    example: '203.0.113.0/24',
    description: 'From where, cut to /24 or /48.',
  })
  network!: string | null;

  @ApiProperty({ type: String, nullable: true, description: '`X-Request-Id` of the call.' })
  request_id!: string | null;

  @ApiProperty({ type: 'integer', example: 201, description: 'The HTTP status of the answer.' })
  status!: number;
}

/** In the order of the columns of CSV. */
export function toAuditEntryDto(entry: AuditEntryEntity): AuditEntryDto {
  return {
    id: entry.id,
    at: entry.at.toISOString(),
    actor: entry.actor,
    action: entry.action,
    property: entry.propertyId,
    thing: entry.thing,
    network: entry.network,
    request_id: entry.requestId,
    status: entry.status,
  };
}

export const AUDIT_COLUMNS = [
  'id',
  'at',
  'actor',
  'action',
  'property',
  'thing',
  'network',
  'request_id',
  'status',
] as const satisfies readonly (keyof AuditEntryDto)[];
