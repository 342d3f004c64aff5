import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Failure } from '../core/failure.js';
import { isOver } from '../jobs/job-kind.js';
import { Jobs } from '../jobs/jobs.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { MemberSetStore } from '../stores/clickhouse/member-set-store.js';
import { COHORT_EVALUATIONS, CohortEvaluationEntity, listsOf } from './cohort-evaluation.entity.js';
import { CohortStore, type CurrentCohort } from './cohort-store.js';
import type { CohortUsageDto, UsingCohortDto } from './cohort.dto.js';

/**
 * Cohorts whose current version names $2. A definition names others as `{"cohort": "coh_..."}` and nowhere else has
 * such a key with an id.
 */
const USING_COHORTS = `
  SELECT cohorts.id, cohorts.name FROM cohorts
  JOIN cohort_versions AS current ON current.cohort_id = cohorts.id AND current.version = cohorts.version
  WHERE cohorts.property_id = $1
    AND jsonb_path_exists(current.definition::jsonb, '$.**.cohort ? (@ == $id)', jsonb_build_object('id', $2::text))
  ORDER BY cohorts.id`;

/**
 * The newest hundred requests for $2 with a result, or with one to come: one that was cancelled or has failed uses
 * nothing any more.
 */
const USING_REQUESTS = `
  SELECT requests.id, (count(*) OVER ())::integer AS total FROM requests
  JOIN runs ON runs.id = requests.run_id
  WHERE requests.property_id = $1 AND (requests.cohort ->> 'id' = $2 OR (requests.cohort -> 'uses')::jsonb ? $2)
    AND requests.detached_at IS NULL AND runs.state IN ('queued', 'running', 'succeeded')
  ORDER BY requests.id DESC
  LIMIT 100`;

/** Archives, restores and deletes cohorts, and tells where one is used. */
@Injectable()
export class CohortLifecycle {
  constructor(
    private readonly database: DataSource,
    private readonly cohorts: CohortStore,
    private readonly lists: MemberSetStore,
    private readonly jobs: Jobs,
  ) {}

  /** Lists leave out what is archived; it answers as before. @throws Failure not_found, precondition_failed */
  async archive(
    property: PropertyEntity,
    idOrName: string,
    isArchived: boolean,
    ifMatch: string | undefined,
  ): Promise<CurrentCohort> {
    const { cohort } = await this.cohorts.get(property, idOrName);
    return await this.database.transaction(async (manager) => {
      const locked = await this.cohorts.lock(manager, cohort.id, ifMatch);
      if ((locked.cohort.archivedAt !== null) === isArchived) return locked;
      const archivedAt = isArchived ? new Date() : null;
      return { ...locked, cohort: await manager.save(Object.assign(locked.cohort, { archivedAt })) };
    });
  }

  /** @throws Failure not_found */
  async usedBy(property: PropertyEntity, idOrName: string): Promise<CohortUsageDto> {
    const { cohort } = await this.cohorts.get(property, idOrName);
    return await this.usageOf(this.database.manager, property, cohort.id);
  }

  /**
   * Deletes a cohort with its versions and evaluations. Results that were computed for it stay, and lists of members
   * with them.
   * @throws Failure not_found, precondition_failed, cohort_in_use
   */
  async remove(
    property: PropertyEntity,
    idOrName: string,
    isForced: boolean,
    ifMatch: string | undefined,
  ): Promise<void> {
    const { cohort } = await this.cohorts.get(property, idOrName);
    const evaluations = await this.database.transaction(async (manager) => {
      await this.cohorts.lock(manager, cohort.id, ifMatch);
      if (!isForced) refuseUsed(await this.usageOf(manager, property, cohort.id));
      const found = await manager.findBy(CohortEvaluationEntity, { cohortId: cohort.id });
      await manager.delete(CohortEvaluationEntity, { cohortId: cohort.id });
      await this.cohorts.remove(manager, cohort.id);
      return found;
    });
    for (const evaluation of evaluations) {
      if (!isOver(COHORT_EVALUATIONS, evaluation.state)) this.jobs.stop(COHORT_EVALUATIONS, evaluation);
    }
    await this.lists.drop(property.number, evaluations.flatMap(listsOf));
  }

  private async usageOf(manager: EntityManager, property: PropertyEntity, cohortId: string): Promise<CohortUsageDto> {
    const cohorts: UsingCohortDto[] = await manager.query(USING_COHORTS, [property.id, cohortId]);
    const requests: { id: string; total: number }[] = await manager.query(USING_REQUESTS, [property.id, cohortId]);
    return {
      cohorts,
      requests_total: requests[0]?.total ?? 0,
      requests: requests.map(({ id }) => ({ id, href: `/v1/properties/${property.id}/requests/${id}` })),
    };
  }
}

function refuseUsed({ cohorts, requests_total: requests }: CohortUsageDto): void {
  if (cohorts.length === 0 && requests === 0) return;
  const names = cohorts.slice(0, 5).map(({ name }) => `"${name}"`);
  const more = cohorts.length > 5 ? ' and others' : '';
  const byCohorts = cohorts.length > 0 ? `the cohorts ${names.join(', ')}${more}` : '';
  const byRequests = requests > 0 ? `${requests} ${requests === 1 ? 'request' : 'requests'}` : '';
  const users = [byCohorts, byRequests].filter(Boolean).join(' and ');
  const detail = `The cohort is used by ${users}: GET .../used_by tells which. With force=true it is removed anyway: answers stay, cohorts that name it cannot be asked for any more. Or archive it.`;
  throw new Failure('cohort_in_use', detail);
}
