import type { EntityManager, SelectQueryBuilder } from 'typeorm';
import { CohortVersionEntity } from './cohort-version.entity.js';
import { CohortEntity } from './cohort.entity.js';

/** A row of `cohortsWithCurrent`. */
export type CohortWithCurrent = CohortEntity & { readonly current: CohortVersionEntity };

/** A query for cohorts (`cohort`), each with its current version (`current`) in the same round trip. */
export function cohortsWithCurrent(manager: EntityManager): SelectQueryBuilder<CohortEntity> {
  return manager
    .createQueryBuilder(CohortEntity, 'cohort')
    .innerJoinAndMapOne(
      'cohort.current',
      CohortVersionEntity,
      'current',
      'current.cohort_id = cohort.id AND current.version = cohort.version',
    );
}
