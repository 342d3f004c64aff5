import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { IsIn, IsOptional } from 'class-validator';
import { DELETION_STEPS, type DeletionStep, type PropertyDeletionEntity } from './property-deletion.entity.js';

const STATES = ['queued', 'running', 'succeeded'] as const;

export class DeletionProgressDto {
  @ApiProperty({ enum: DELETION_STEPS, description: 'What is done at the moment.' })
  step!: DeletionStep;

  @ApiProperty({ type: 'integer', description: 'Steps that are done.', example: 2 })
  done!: number;

  @ApiProperty({ type: 'integer', example: 4 })
  total!: number;
}

/** The deletion of a property: how far it is, and in the end its receipt. */
export class PropertyDeletionDto {
  @ApiProperty({ example: 'pdel_01jd0a1b2c3d4e5f6g7h8j9k0m' })
  id!: string;

  @ApiProperty({ enum: STATES })
  status!: (typeof STATES)[number];

  @ApiProperty({ example: 'prop_01jd0a1b2c3d4e5f6g7h8j9k0m' })
  property!: string;

  @ApiProperty({ description: 'The slug that it had; it may be another property’s by now.' })
  slug!: string;

  @ApiProperty()
  name!: string;

  @ApiProperty({ description: 'Id of the API key that asked for it.' })
  api_key!: string;

  @ApiProperty({ type: DeletionProgressDto })
  progress!: DeletionProgressDto;

  @ApiProperty({
    type: 'object',
    additionalProperties: { type: 'integer' },
    description: 'What was deleted: `events` that counted, and rows by the name of what they are.',
    example: { events: 69659, cohorts: 2, requests: 12 },
  })
  counts!: Record<string, number>;

  @ApiProperty({ format: 'date-time' })
  created_at!: string;

  @ApiProperty({ type: String, format: 'date-time', nullable: true })
  finished_at!: string | null;
}

export class DeletePropertyQuery {
  @ApiPropertyOptional({
    enum: ['true', 'false'],
    default: 'false',
    description: 'Whether all that the property owns may go with it; without it nothing is deleted.',
  })
  @IsOptional()
  @IsIn(['true', 'false'], { message: 'force must be true or false' })
  force: 'true' | 'false' = 'false';
}

export function toPropertyDeletionDto(deletion: PropertyDeletionEntity): PropertyDeletionDto {
  return {
    id: deletion.id,
    status: deletion.state,
    property: deletion.propertyId,
    slug: deletion.slug,
    name: deletion.name,
    api_key: deletion.apiKeyId,
    progress: {
      step: deletion.step,
      done: DELETION_STEPS.indexOf(deletion.step),
      total: DELETION_STEPS.length - 1,
    },
    counts: deletion.counts,
    created_at: deletion.createdAt.toISOString(),
    finished_at: deletion.finishedAt?.toISOString() ?? null,
  };
}
