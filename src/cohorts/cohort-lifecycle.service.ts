import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Failure } from '../core/failure.js';
import { isOver } from '../jobs/job-kind.js';
import { Jobs } from '../jobs/jobs.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { CohortStore } from '../stores/clickhouse/cohort-store.js';
import { COHORT_EVALUATIONS, CohortEvaluationEntity, listsOf } from './cohort-evaluation.entity.js';
import type { CohortUsageDto } from './cohort-usage.dto.js';
import { CohortUsage } from './cohort-usage.service.js';
import { CohortVersionEntity } from './cohort-version.entity.js';
import { CohortEntity } from './cohort.entity.js';
import { CohortsService } from './cohorts.service.js';
import { lockCohort, type CurrentCohort } from './write-cohort.js';

/** Puts cohorts away, takes them back, and removes them. */
@Injectable()
export class CohortLifecycle {
  constructor(
    private readonly database: DataSource,
    private readonly cohorts: CohortsService,
    private readonly usage: CohortUsage,
    private readonly store: CohortStore,
    private readonly jobs: Jobs,
  ) {}

  /** Out of the lists, or back into them. @throws Failure not_found, precondition_failed */
  async archive(
    property: PropertyEntity,
    idOrName: string,
    isArchived: boolean,
    ifMatch: string | undefined,
  ): Promise<CurrentCohort> {
    const { cohort } = await this.cohorts.get(property, idOrName);
    return await this.database.transaction(async (manager) => {
      const locked = await lockCohort(manager, cohort.id, ifMatch);
      if ((locked.cohort.archivedAt !== null) === isArchived) return locked;
      const archivedAt = isArchived ? new Date() : null;
      return { ...locked, cohort: await manager.save(Object.assign(locked.cohort, { archivedAt })) };
    });
  }

  /** @throws Failure not_found */
  async usedBy(property: PropertyEntity, idOrName: string): Promise<CohortUsageDto> {
    const { cohort } = await this.cohorts.get(property, idOrName);
    return await this.usage.of(property, cohort.id);
  }

  /**
   * Results that were computed for it stay, and lists of members with them.
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
      await lockCohort(manager, cohort.id, ifMatch);
      if (!isForced) await this.refuseUsed(manager, property, cohort);
      const found = await manager.findBy(CohortEvaluationEntity, { cohortId: cohort.id });
      for (const entity of [CohortVersionEntity, CohortEvaluationEntity]) {
        await manager.delete(entity, { cohortId: cohort.id });
      }
      await manager.delete(CohortEntity, { id: cohort.id });
      return found;
    });
    for (const evaluation of evaluations) {
      if (!isOver(COHORT_EVALUATIONS, evaluation.state)) this.jobs.stop(COHORT_EVALUATIONS, evaluation);
    }
    await this.store.drop(property.number, evaluations.flatMap(listsOf));
  }

  private async refuseUsed(manager: EntityManager, property: PropertyEntity, cohort: CohortEntity): Promise<void> {
    const { cohorts, requests_total: requests } = await this.usage.of(property, cohort.id, manager);
    if (cohorts.length === 0 && requests === 0) return;
    const names = cohorts.slice(0, 5).map(({ name }) => `"${name}"`);
    const more = cohorts.length > 5 ? ' and others' : '';
    const byCohorts = cohorts.length > 0 ? `the cohorts ${names.join(', ')}${more}` : '';
    const byRequests = requests > 0 ? `${requests} ${requests === 1 ? 'request' : 'requests'}` : '';
    const users = [byCohorts, byRequests].filter(Boolean).join(' and ');
    const detail = `The cohort is used by ${users}: GET .../used_by tells which. With force=true it is removed anyway: answers stay, cohorts that name it cannot be asked for any more. Or archive it.`;
    throw new Failure('cohort_in_use', detail);
  }
}
