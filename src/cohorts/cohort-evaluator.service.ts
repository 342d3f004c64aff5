import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { planDefinition } from '../core/cohort/plan-definition.js';
import type { CanonicalCohort } from '../core/cohort/definition.js';
import { failureOf } from '../platform/http/failure-of.js';
import { CohortStore } from '../stores/clickhouse/cohort-store.js';
import { LastEvaluations } from './last-evaluations.service.js';
import { CohortEvaluationEntity } from './cohort-evaluation.entity.js';
import type { PropertyEntity } from '../properties/property.entity.js';

/** Works evaluations out, in the process that was asked. Each ends in its row, whatever happens; one whose process dies is ended by whoever looks at it next. */
@Injectable()
export class CohortEvaluator implements BeforeApplicationShutdown {
  private readonly logger = new Logger(CohortEvaluator.name);
  private readonly stop = new AbortController();
  private readonly running = new Map<string, Promise<void>>();

  constructor(
    private readonly database: DataSource,
    private readonly evaluations: LastEvaluations,
    private readonly store: CohortStore,
  ) {}

  async beforeApplicationShutdown(): Promise<void> {
    this.stop.abort();
    await Promise.all(this.running.values());
  }

  begin(property: PropertyEntity, evaluation: CohortEvaluationEntity, canonical: CanonicalCohort): void {
    const work = this.evaluate(property, evaluation, canonical)
      .catch((error: unknown) =>
        this.logger.error({ msg: 'evaluation without an end', evaluationId: evaluation.id, err: error }),
      )
      .finally(() => this.running.delete(evaluation.id));
    this.running.set(evaluation.id, work);
  }

  /** Resolves when the evaluation has its end, if it is one of this process. */
  async ended(evaluationId: string): Promise<void> {
    await this.running.get(evaluationId);
  }

  private async evaluate(
    property: PropertyEntity,
    { id, dataVersion, asOf, cohortId, version }: CohortEvaluationEntity,
    canonical: CanonicalCohort,
  ): Promise<void> {
    const scope = { propertyNumber: property.number, dataVersion, asOfMs: asOf.getTime() };
    const options = { marker: `evaluation:${id}`, signal: this.stop.signal };
    try {
      const plan = planDefinition(canonical, scope.asOfMs);
      const { size, movesWithTime, stats } = await this.store.write(plan, scope, id, options);
      const found = { size, movesWithTime, rowsRead: stats.rowsRead, engineMs: stats.elapsedMs };
      await this.end(id, { ...found, state: 'succeeded' });
    } catch (error) {
      const { code, detail, retryable } = failureOf(error);
      this.logger.warn({ msg: 'evaluation failed', evaluationId: id, err: error });
      await this.end(id, { state: 'failed', error: { code, detail, retryable } });
      await this.store.drop(property.number, [id]);
      return;
    }
    await this.dropOld(property, cohortId, version);
  }

  private async end(id: string, changes: Partial<CohortEvaluationEntity>): Promise<void> {
    const end = { ...changes, finishedAt: new Date() };
    await this.database.manager.update(CohortEvaluationEntity, { id, state: 'running' }, end);
  }

  private async dropOld(property: PropertyEntity, cohortId: string, version: number): Promise<void> {
    const old = await this.evaluations.outdated(cohortId, version);
    await this.store.drop(
      property.number,
      old.map(({ id }) => id),
    );
  }
}
