import { ApiProperty } from '@nestjs/swagger';
import type { CohortVersionEntity } from './cohort-version.entity.js';
import type { CohortEntity } from './cohort.entity.js';

export class CohortDto {
  /** @example coh_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** @example january */
  name!: string;

  /** @example static */
  kind!: 'static';

  /**
   * The current version, from 1. Each version's members are fixed.
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  version!: number;

  /**
   * Distinct members.
   * @example 2
   */
  @ApiProperty({ type: 'integer' })
  size!: number;

  /**
   * SHA-256 of the sorted distinct members as an RFC 8785 JSON array: the same members have the same hash.
   * @example b29b6e7c2f6ac4d24f3a1c0e5dcb8e2b54c3f37c8ab51d1a84aaf3ddf2a0c6aa
   */
  hash!: string;

  /** @example ["cdnow"] */
  tags!: string[];

  /** @example 2026-11-21T10:00:00.000Z */
  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  /** @example 2026-11-21T10:00:00.000Z */
  @ApiProperty({ format: 'date-time' })
  updated_at!: string;
}

export class CohortMemberDto {
  /** @example 00001 */
  user!: string;
}

export function toCohortDto(cohort: CohortEntity, current: CohortVersionEntity): CohortDto {
  return {
    id: cohort.id,
    name: cohort.name,
    kind: 'static',
    version: current.version,
    size: current.size,
    hash: current.setHash,
    tags: cohort.tags,
    created_at: cohort.createdAt.toISOString(),
    updated_at: cohort.updatedAt.toISOString(),
  };
}
