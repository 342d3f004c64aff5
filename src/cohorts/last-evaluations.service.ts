import { Injectable } from '@nestjs/common';
import { DataSource, type SelectQueryBuilder } from 'typeorm';
import { CohortEvaluationEntity, listOf } from './cohort-evaluation.entity.js';
import type { CohortVersionEntity } from './cohort-version.entity.js';

/**
 * Newest evaluations of a version whose members are kept: a caller can page through the members of one while newer ones
 * are made.
 */
const KEPT_LISTS = 3;

/** Names an evaluation of a version. */
export type EvaluationKey = Pick<CohortEvaluationEntity, 'id' | 'attempt' | 'cohortId' | 'version'>;

/** Finds the last evaluation of a version that succeeded; later ones that failed do not count. */
@Injectable()
export class LastEvaluations {
  constructor(private readonly database: DataSource) {}

  async of(version: CohortVersionEntity): Promise<CohortEvaluationEntity | null> {
    const found = await this.ofAll([version]);
    return found.get(version) ?? null;
  }

  /** Whether the list of members of that name is kept for a version. */
  async isKept(cohortId: string, version: number, list: string): Promise<boolean> {
    const kept = await this.newest(cohortId, version).take(KEPT_LISTS).getMany();
    return kept.some((evaluation) => listOf(evaluation) === list);
  }

  /** The list of members of an evaluation of the property; null where they are not kept. */
  async keptList(propertyId: string, id: string): Promise<string | null> {
    const key = { id, propertyId, state: 'succeeded' } as const;
    const evaluation = await this.database.manager.findOneBy(CohortEvaluationEntity, key);
    if (evaluation === null) return null;
    const list = listOf(evaluation);
    return (await this.isKept(evaluation.cohortId, evaluation.version, list)) ? list : null;
  }

  /** Those of a version whose members are not kept any more. */
  async outdated(cohortId: string, version: number): Promise<CohortEvaluationEntity[]> {
    return await this.newest(cohortId, version).skip(KEPT_LISTS).getMany();
  }

  private newest(cohortId: string, version: number): SelectQueryBuilder<CohortEvaluationEntity> {
    return this.database.manager
      .createQueryBuilder(CohortEvaluationEntity, 'evaluation')
      .where({ cohortId, version, state: 'succeeded' })
      .orderBy('evaluation.dataVersion', 'DESC')
      .addOrderBy('evaluation.asOf', 'DESC')
      .addOrderBy('evaluation.id', 'DESC');
  }

  /** The last evaluation of each version that has one. */
  async ofAll(versions: readonly CohortVersionEntity[]): Promise<Map<CohortVersionEntity, CohortEvaluationEntity>> {
    const defined = versions.filter(({ kind }) => kind !== 'static');
    if (defined.length === 0) return new Map();
    const found = await this.database.manager
      .createQueryBuilder(CohortEvaluationEntity, 'evaluation')
      .distinctOn(['evaluation.cohort_id', 'evaluation.version'])
      .where("evaluation.state = 'succeeded'")
      .andWhere('evaluation.cohort_id = ANY (:ids)', { ids: defined.map(({ cohortId }) => cohortId) })
      .orderBy({ 'evaluation.cohort_id': 'ASC', 'evaluation.version': 'ASC' })
      .addOrderBy('evaluation.data_version', 'DESC')
      .addOrderBy('evaluation.as_of', 'DESC')
      .addOrderBy('evaluation.id', 'DESC')
      .getMany();
    const byKey = new Map(found.map((evaluation) => [`${evaluation.cohortId} ${evaluation.version}`, evaluation]));
    return new Map(
      defined.flatMap((version): [CohortVersionEntity, CohortEvaluationEntity][] => {
        const evaluation = byKey.get(`${version.cohortId} ${version.version}`);
        return evaluation ? [[version, evaluation]] : [];
      }),
    );
  }
}
