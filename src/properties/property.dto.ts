import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn } from 'class-validator';
import { PageQuery } from '../platform/http/page.js';
import type { PropertyEntity } from './property.entity.js';

const ARCHIVED = ['true', 'false', 'any'] as const;

export class ListPropertiesQuery extends PageQuery {
  @ApiPropertyOptional({ enum: ARCHIVED, default: 'false', description: 'Those that were put away, or all.' })
  @IsIn(ARCHIVED, { message: `archived must be one of ${ARCHIVED.join(', ')}` })
  archived: (typeof ARCHIVED)[number] = 'false';
}

export class PropertyDto {
  /** @example prop_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** @example default */
  slug!: string;

  /** @example Default */
  name!: string;

  /** @example UTC */
  time_zone!: string;

  /** @example monday */
  week_start!: string;

  /**
   * Counts changes; also the ETag, for If-Match.
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  version!: number;

  @ApiProperty({
    type: String,
    format: 'date-time',
    nullable: true,
    description: 'When it was put away: lists leave it out, and nothing is written to it. null: it is in use.',
  })
  archived_at!: string | null;

  /** @example 2026-11-21T10:00:00.000Z */
  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  /**
   * The highest ingest sequence with no unfinished one below it; 0: nothing was ingested.
   * @example 7
   */
  @ApiProperty({ type: 'integer' })
  data_version!: number;
}

export function toPropertyDto(property: PropertyEntity, dataVersion: number): PropertyDto {
  return {
    id: property.id,
    slug: property.slug,
    name: property.name,
    time_zone: property.timeZone,
    week_start: property.weekStart,
    version: property.version,
    archived_at: property.archivedAt?.toISOString() ?? null,
    created_at: property.createdAt.toISOString(),
    data_version: dataVersion,
  };
}
