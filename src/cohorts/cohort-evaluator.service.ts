import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { CanonicalCohort } from '../core/cohort/definition.js';
import { planDefinition } from '../core/cohort/plan-definition.js';
import { Failure } from '../core/failure.js';
import { Config } from '../platform/config/config.js';
import { failureOf } from '../platform/http/failure-of.js';
import { retryWhileDatabaseAway } from '../platform/process/retry-while-away.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { CohortStore } from '../stores/clickhouse/cohort-store.js';
import { Engine } from '../stores/clickhouse/engine.js';
import { retryWhileEngineAway } from '../stores/clickhouse/engine-outages.js';
import { Semaphore } from '@muster/embedded-stores';
import { CohortEvaluationEntity } from './cohort-evaluation.entity.js';
import { LastEvaluations } from './last-evaluations.service.js';

type EvaluationEnd = Partial<CohortEvaluationEntity> & Pick<CohortEvaluationEntity, 'state'>;

/**
 * Works evaluations out, in the process that was asked, as many at once as it does runs. Each ends in its row, whatever happens; one whose process dies is ended by
 * whoever looks at it next.
 */
@Injectable()
export class CohortEvaluator implements BeforeApplicationShutdown {
  private readonly logger = new Logger(CohortEvaluator.name);
  private readonly stop = new AbortController();
  private readonly running = new Map<string, Promise<void>>();
  private readonly slots: Semaphore;

  constructor(
    private readonly database: DataSource,
    private readonly evaluations: LastEvaluations,
    private readonly store: CohortStore,
    private readonly engine: Engine,
    private readonly config: Config,
    private readonly ledger: IngestLedger,
  ) {
    this.slots = new Semaphore(config.jobConcurrency);
  }

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

  /** Removes what a process that died has left of an evaluation: its query, where the engine lives on, and its members. */
  async clear(property: PropertyEntity, evaluationId: string): Promise<void> {
    await this.store.abandon(property.number, evaluationId, markerOf(evaluationId)).catch((error: unknown) => {
      this.logger.warn({ msg: 'members of a lost evaluation stay', evaluationId, err: error });
    });
  }

  private async evaluate(
    property: PropertyEntity,
    evaluation: CohortEvaluationEntity,
    canonical: CanonicalCohort,
  ): Promise<void> {
    const end = await this.work(property, evaluation, canonical);
    const isAccepted = await this.end(evaluation.id, end);
    if (end.state !== 'succeeded' || !isAccepted) return await this.clear(property, evaluation.id);
    const old = await this.evaluations.outdated(evaluation.cohortId, evaluation.version);
    await this.store.drop(
      property.number,
      old.map(({ id }) => id),
    );
  }

  private async work(
    property: PropertyEntity,
    { id, dataVersion, asOf }: CohortEvaluationEntity,
    canonical: CanonicalCohort,
  ): Promise<EvaluationEnd> {
    const asOfMs = asOf.getTime();
    const options = { marker: markerOf(id), signal: this.stop.signal };
    let leave: (() => void) | undefined;
    try {
      leave = await this.slots.acquire(this.stop.signal);
      const plan = planDefinition(canonical, { asOfMs, timeZone: property.timeZone });
      for (let version = dataVersion; ; version = await this.ledger.steadyVersion(property.id)) {
        const scope = { propertyNumber: property.number, dataVersion: version, asOfMs };
        const { size, movesWithTime, stats } = await retryWhileEngineAway(
          this.engine,
          () => this.store.write(plan, scope, id, options),
          {
            limitMs: this.config.engineWaitMs,
            signal: this.stop.signal,
            undo: () => this.store.abandon(property.number, id, options.marker),
          },
        );
        const found = { size, movesWithTime, rowsRead: stats.rowsRead, engineMs: stats.elapsedMs };
        if (await this.ledger.isWhole(property.id, version))
          return { state: 'succeeded', dataVersion: version, ...found };
        // A batch was taken back meanwhile: the members are found anew, by what is left.
        await this.store.drop(property.number, [id]);
      }
    } catch (error) {
      this.logger.warn({ msg: 'evaluation failed', evaluationId: id, err: error });
      const { code, detail, retryable } = this.stop.signal.aborted ? stopped() : failureOf(error);
      return { state: 'failed', error: { code, detail, retryable } };
    } finally {
      leave?.();
    }
  }

  /** False: somebody has taken this process for dead, and ended the evaluation as failed. A database that is away is waited for: an evaluation without an end would look as if it were worked on. */
  private async end(id: string, end: EvaluationEnd): Promise<boolean> {
    const changes = { ...end, finishedAt: new Date() };
    const write = async (): Promise<boolean> => {
      const { affected } = await this.database.manager.update(
        CohortEvaluationEntity,
        { id, state: 'running' },
        changes,
      );
      if (affected !== 0) return true;
      // The acknowledgement of a write may have been lost.
      return await this.database.manager.existsBy(CohortEvaluationEntity, { id, state: end.state });
    };
    return await retryWhileDatabaseAway(write, () => !this.stop.signal.aborted);
  }
}

const markerOf = (evaluationId: string): string => `evaluation:${evaluationId}`;

const stopped = (): Failure =>
  new Failure('shutting_down', 'The process that worked on it was stopped. Evaluate the cohort again.');
