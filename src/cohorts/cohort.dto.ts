import { ApiProperty } from '@nestjs/swagger';
import { definitionHash } from '../core/cohort/definition-hash.js';
import type { SavedDefinition } from '../core/cohort/definition.js';
import { COHORT_KINDS, type CohortKind, type CohortVersionEntity } from './cohort-version.entity.js';
import type { CohortEvaluationEntity } from './cohort-evaluation.entity.js';
import type { CurrentCohort } from './cohort-store.js';

const HASH = 'b29b6e7c2f6ac4d24f3a1c0e5dcb8e2b54c3f37c8ab51d1a84aaf3ddf2a0c6aa';

/** The last evaluation of a version that succeeded. */
export class LastEvaluationDto {
  /** @example eval_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** Users in the cohort. */
  @ApiProperty({ type: 'integer', example: 2 })
  size!: number;

  @ApiProperty({ format: 'date-time', example: '2026-11-21T10:00:00.000Z' })
  as_of!: string;

  @ApiProperty({ type: 'integer', example: 7 })
  data_version!: number;

  /** Whether another evaluation could find other members, as data or time has moved on. Null for lists. */
  @ApiProperty({ type: Boolean, nullable: true, example: false })
  stale!: boolean | null;
}

export class CohortDto {
  /** @example coh_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** @example january */
  name!: string;

  /** @example Bought first in January 1997. */
  description!: string;

  /** What the current version is made of. */
  @ApiProperty({ enum: COHORT_KINDS, example: 'static' })
  kind!: CohortKind;

  /**
   * The current version, from 1. No version is ever changed.
   * @example 1
   */
  @ApiProperty({ type: 'integer' })
  version!: number;

  /**
   * Distinct members: of a static cohort; of any other those of its last evaluation, null where it was not evaluated.
   */
  @ApiProperty({ type: 'integer', nullable: true, example: 2 })
  size!: number | null;

  /**
   * SHA-256 of the sorted distinct members as an RFC 8785 JSON array, or of the definition; null for callers without
   * `people:read`.
   */
  @ApiProperty({ type: String, nullable: true, example: HASH })
  hash!: string;

  /** Of a rule or set: in canonical form, other cohorts by their ids. */
  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  definition!: object | null;

  /** Of a rule or set: the last one of the current version that succeeded. */
  @ApiProperty({ type: LastEvaluationDto, nullable: true })
  evaluation!: LastEvaluationDto | null;

  /** @example ["cdnow"] */
  tags!: string[];

  /** When it was put away; null: it is in use. */
  @ApiProperty({ type: String, format: 'date-time', nullable: true, example: null })
  archived_at!: string | null;

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

export class CohortVersionDto {
  @ApiProperty({ type: 'integer', example: 1 })
  version!: number;

  @ApiProperty({ enum: COHORT_KINDS, example: 'static' })
  kind!: CohortKind;

  /** As in the cohort. */
  @ApiProperty({ type: 'integer', nullable: true, example: 2 })
  size!: number | null;

  @ApiProperty({ type: String, nullable: true, example: HASH, description: 'As in the cohort.' })
  hash!: string;

  @ApiProperty({ type: 'object', additionalProperties: true, nullable: true })
  definition!: object | null;

  @ApiProperty({ format: 'date-time', example: '2026-11-21T10:00:00.000Z' })
  created_at!: string;
}

export class ChangedMemberDto {
  /** @example 00001 */
  user!: string;

  @ApiProperty({ enum: ['entered', 'left'] })
  change!: 'entered' | 'left';
}

export class CohortDifferenceDto {
  /** The earlier version. */
  @ApiProperty({ type: 'integer', example: 1 })
  from!: number;

  /** The later version. */
  @ApiProperty({ type: 'integer', example: 2 })
  to!: number;

  /** Users of the later version who are not in the earlier. */
  @ApiProperty({ type: 'integer', example: 1 })
  entered!: number;

  /** Users of the earlier version who are not in the later. */
  @ApiProperty({ type: 'integer', example: 0 })
  left!: number;

  @ApiProperty({ type: [ChangedMemberDto] })
  data!: readonly ChangedMemberDto[];

  /** Give it as cursor to get the next page; null on the last. */
  @ApiProperty({ type: String, nullable: true })
  next_cursor!: string | null;
}

export class UsingCohortDto {
  /** @example coh_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  /** @example both */
  name!: string;
}

export class UsingRequestDto {
  /** @example req_01jd0a1b2c3d4e5f6g7h8j9k0m */
  id!: string;

  href!: string;
}

export class CohortUsageDto {
  /** Cohorts whose current version names it. */
  cohorts!: UsingCohortDto[];

  /** How many requests name it, itself or inside a set. */
  @ApiProperty({ type: 'integer', example: 1 })
  requests_total!: number;

  /** The newest hundred of them. */
  requests!: UsingRequestDto[];
}

export class CohortPreviewDto {
  /** Users in the cohort, exactly. */
  @ApiProperty({ type: 'integer', example: 2 })
  size!: number;

  /** At most ten of them: always the same ones of the same members; null for callers without `people:read`. */
  @ApiProperty({ type: [CohortMemberDto], nullable: true })
  sample!: CohortMemberDto[];

  @ApiProperty({ format: 'date-time' })
  as_of!: string;

  @ApiProperty({ type: 'integer', example: 7 })
  data_version!: number;

  @ApiProperty({ type: 'integer' })
  rows_read!: number;

  engine_ms!: number;

  /** The definition with nothing left to look up, as a request would hash it. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  definition!: object;
}

export function toCohortDto(
  { cohort, current }: CurrentCohort,
  last: CohortEvaluationEntity | null,
  stale: boolean | null,
): CohortDto {
  return {
    id: cohort.id,
    name: cohort.name,
    description: cohort.description,
    kind: current.kind,
    version: current.version,
    size: current.size ?? last?.size ?? null,
    hash: hashOf(current),
    definition: current.definition,
    evaluation: last && toLastEvaluation(last, stale),
    tags: cohort.tags,
    archived_at: cohort.archivedAt && cohort.archivedAt.toISOString(),
    created_at: cohort.createdAt.toISOString(),
    updated_at: cohort.updatedAt.toISOString(),
  };
}

export function toVersionDto(version: CohortVersionEntity, last: CohortEvaluationEntity | null): CohortVersionDto {
  return {
    version: version.version,
    kind: version.kind,
    size: version.size ?? last?.size ?? null,
    hash: hashOf(version),
    definition: version.definition,
    created_at: version.createdAt.toISOString(),
  };
}

/** Of what is stored, whatever its form: one version that cannot be read spoils no list. */
function hashOf({ setHash, definition }: CohortVersionEntity): string {
  return setHash ?? definitionHash(definition as SavedDefinition);
}

function toLastEvaluation(
  { id, size, asOf, dataVersion }: CohortEvaluationEntity,
  stale: boolean | null,
): LastEvaluationDto {
  if (size === null) throw new Error('An evaluation that succeeded without a size');
  return { id, size, as_of: asOf.toISOString(), data_version: dataVersion, stale };
}
