import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import type { PropertyEntity } from '../properties/property.entity.js';
import type { CohortUsageDto, UsingCohortDto } from './cohort-usage.dto.js';

/** Where a cohort is used: in other cohorts as they are now, and in requests with an answer or one to come. */
@Injectable()
export class CohortUsage {
  constructor(private readonly database: DataSource) {}

  async of(
    property: PropertyEntity,
    cohortId: string,
    manager: EntityManager = this.database.manager,
  ): Promise<CohortUsageDto> {
    const cohorts: UsingCohortDto[] = await manager.query(USING_COHORTS, [property.id, cohortId]);
    const requests: { id: string; total: number }[] = await manager.query(USING_REQUESTS, [property.id, cohortId]);
    return {
      cohorts,
      requests_total: requests[0]?.total ?? 0,
      requests: requests.map(({ id }) => ({ id, href: `/v1/properties/${property.id}/requests/${id}` })),
    };
  }
}

/** A definition names others as `{"cohort": "coh_..."}` and nowhere else has such a key with an id. */
const USING_COHORTS = `
  SELECT cohorts.id, cohorts.name FROM cohorts
  JOIN cohort_versions AS current ON current.cohort_id = cohorts.id AND current.version = cohorts.version
  WHERE cohorts.property_id = $1
    AND jsonb_path_exists(current.definition::jsonb, '$.**.cohort ? (@ == $id)', jsonb_build_object('id', $2::text))
  ORDER BY cohorts.id`;

/** Those with an answer, or with one to come: a request that was given up or has failed uses nothing any more. */
const USING_REQUESTS = `
  SELECT requests.id, (count(*) OVER ())::integer AS total FROM requests
  JOIN runs ON runs.id = requests.run_id
  WHERE requests.property_id = $1 AND (requests.cohort ->> 'id' = $2 OR (requests.cohort -> 'uses')::jsonb ? $2)
    AND requests.detached_at IS NULL AND runs.state IN ('queued', 'running', 'succeeded')
  ORDER BY requests.id DESC
  LIMIT 100`;
