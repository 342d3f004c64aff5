import { Injectable } from '@nestjs/common';
import { nameWarnings } from '../core/schema/name-warnings.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import type { CanonicalDto, StoredAnswerDto } from './canonical.dto.js';
import { PropertySchemas } from '../properties/schema/property-schemas.service.js';
import { RequestPlanning } from './request-planning.js';
import { RunFreshness } from './run/run-freshness.js';
import { RunAdmission, type Candidate } from './run/run-admission.js';
import { requestPath } from './answer/to-answer.js';

/** Shows what a body means, without running anything. */
@Injectable()
export class CanonicalService {
  constructor(
    private readonly planning: RequestPlanning,
    private readonly runs: RunAdmission,
    private readonly freshness: RunFreshness,
    private readonly schemas: PropertySchemas,
  ) {}

  /** @throws Failure 422 for a body that is not a valid request */
  async describe(property: PropertyEntity, body: unknown): Promise<CanonicalDto> {
    const now = new Date();
    const { planned } = await this.planning.resolve(property, body, now);
    const candidates = await this.runs.candidates(property.id, planned.hash);
    const newest = candidates.find(({ run }) => run.state === 'succeeded');
    return {
      hash: planned.hash,
      request: planned.canonical,
      fresh:
        newest !== undefined && (await this.freshness.moves(newest.run, now.getTime(), newest.lastSeq)).length === 0,
      stored: newest ? storedAnswer(newest) : null,
      warnings: [...planned.warnings, ...nameWarnings(planned.canonical, await this.schemas.of(property.id))],
    };
  }
}

function storedAnswer({ run, newestRequestId }: Candidate): StoredAnswerDto | null {
  if (newestRequestId === null) return null;
  return {
    id: newestRequestId,
    href: requestPath(run.propertyId, newestRequestId),
    data_version: run.dataVersion,
    computed_at: run.finishedAt && run.finishedAt.toISOString(),
  };
}
