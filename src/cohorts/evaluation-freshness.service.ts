import { Injectable } from '@nestjs/common';
import { cohortReads } from '../core/cohort/definition-reads.js';
import { definitionHash } from '../core/cohort/definition-hash.js';
import { Failure } from '../core/failure.js';
import { readsOfCohort } from '../core/request/freshness.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { CohortDefinitions } from './cohort-definitions.service.js';
import type { CohortEvaluationEntity } from './cohort-evaluation.entity.js';
import { definitionOf, type CohortVersionEntity } from './cohort-version.entity.js';

/** Tells whether the members of an evaluation are those that another one would find now. */
@Injectable()
export class EvaluationFreshness {
  constructor(
    private readonly definitions: CohortDefinitions,
    private readonly ledger: IngestLedger,
  ) {}

  async isFresh(
    property: PropertyEntity,
    version: CohortVersionEntity,
    { hash, movesWithTime, asOf, dataVersion }: CohortEvaluationEntity,
  ): Promise<boolean> {
    try {
      const { canonical } = await this.definitions.expand(property, definitionOf(version), '');
      const { relative, zoned } = cohortReads(canonical, null);
      // The time zone of the property may have changed since, and is not kept with the evaluation.
      if (movesWithTime || relative || zoned || definitionHash(canonical) !== hash) return false;
      return !(await this.ledger.movedSince(property.id, dataVersion, readsOfCohort(canonical, asOf.getTime())));
    } catch (error) {
      // A cohort that it names is gone: it cannot be evaluated any more.
      if (error instanceof Failure && error.status === 422) return false;
      throw error;
    }
  }
}
