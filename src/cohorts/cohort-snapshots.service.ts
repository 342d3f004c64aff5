import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { invalid, type Failure } from '../core/failure.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { CohortEvaluationEntity, listOf } from './cohort-evaluation.entity.js';
import { LastEvaluations } from './last-evaluations.service.js';
import { ListGone, MemberSetsService, type SavedMemberSet } from './member-sets.service.js';

/** Who was in a rule or set at an evaluation, as a list of its own that nothing changes any more. */
@Injectable()
export class CohortSnapshots {
  constructor(
    private readonly database: DataSource,
    private readonly evaluations: LastEvaluations,
    private readonly memberSets: MemberSetsService,
  ) {}

  /** @throws Failure invalid_field where the members of the evaluation are not kept */
  async save(property: PropertyEntity, evaluationId: string, pointer: string): Promise<SavedMemberSet> {
    const key = { id: evaluationId, propertyId: property.id, state: 'succeeded' } as const;
    const evaluation = await this.database.manager.findOneBy(CohortEvaluationEntity, key);
    if (evaluation === null) throw notKept(pointer);
    const kept = await this.evaluations.kept(evaluation.cohortId, evaluation.version);
    if (!kept.some(({ id }) => id === evaluationId)) throw notKept(pointer);
    try {
      return await this.memberSets.saveChanged(property, listOf(evaluation), { add: [], remove: [] });
    } catch (error) {
      throw error instanceof ListGone ? notKept(pointer) : error;
    }
  }
}

function notKept(pointer: string): Failure {
  const detail =
    'Give the id of an evaluation that has succeeded and whose members are kept, which are the last three of a version: POST .../evaluations of the rule or set makes one.';
  return invalid('invalid_field', pointer, detail);
}
