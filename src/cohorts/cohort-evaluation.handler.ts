import { Injectable, Logger, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { definitionHash } from '../core/cohort/definition-hash.js';
import { planDefinition } from '../core/cohort/plan-definition.js';
import {
  jobMarker,
  Superseded,
  type ClaimedJob,
  type ClaimTerms,
  type JobContext,
  type JobHandler,
  type JobResult,
  type JobTarget,
} from '../jobs/job-kind.js';
import { JobWorker } from '../jobs/job-worker.js';
import { Config } from '../platform/config/config.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import { withDataVersion } from '../properties/ledger/with-data-version.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { MemberSetStore } from '../stores/clickhouse/member-set-store.js';
import { CohortDefinitions } from './cohort-definitions.service.js';
import { COHORT_EVALUATIONS, listOf, listsOf } from './cohort-evaluation.entity.js';
import { CohortVersionEntity, definitionOf } from './cohort-version.entity.js';
import { LastEvaluations } from './last-evaluations.service.js';

/** What a worker knows of an evaluation when it begins. */
interface ClaimedEvaluationRow {
  readonly property_id: string;
  readonly property_number: number;
  readonly cohort_id: string;
  readonly version: number;
  readonly hash: string;
  readonly as_of: Date;
}

type ClaimedEvaluation = ClaimedJob<ClaimedEvaluationRow>;

/**
 * Works on evaluations, as many at once as on runs: the members of a rule or set become a list in the engine, one for
 * each attempt.
 */
@Injectable()
export class CohortEvaluationHandler implements JobHandler<ClaimedEvaluationRow>, OnModuleInit {
  readonly kind = COHORT_EVALUATIONS;
  readonly concurrency: number;
  readonly claim: ClaimTerms = { returning: ['property_id', 'cohort_id', 'version', 'hash', 'as_of'] };
  private readonly logger = new Logger(CohortEvaluationHandler.name);

  constructor(
    private readonly worker: JobWorker,
    private readonly database: DataSource,
    private readonly ledger: IngestLedger,
    private readonly definitions: CohortDefinitions,
    private readonly evaluations: LastEvaluations,
    private readonly store: MemberSetStore,
    config: Config,
  ) {
    this.concurrency = config.jobConcurrency;
  }

  onModuleInit(): void {
    this.worker.register(this);
  }

  /**
   * The definition is read when the attempt begins, with the cohorts that it names as they are then; the hash of the
   * row tells which they were.
   */
  async execute(job: ClaimedEvaluation, context: JobContext): Promise<JobResult> {
    const { cohort_id: cohortId, property_number: propertyNumber, as_of: asOf } = job.row;
    const { property, version } = await this.evaluated(job);
    await this.clearEarlier(job);
    const { canonical } = await this.definitions.expand(property, definitionOf(version), '');
    const hash = definitionHash(canonical);
    if (hash !== job.row.hash) await context.save({ hash });
    const asOfMs = asOf.getTime();
    const plan = planDefinition(canonical, { asOfMs, timeZone: property.timeZone });
    const written = await withDataVersion(this.ledger, property.id, context, (dataVersion) =>
      this.store.write(plan, { propertyNumber, dataVersion, asOfMs }, listOf(job), context.query),
    );
    const { size, movesWithTime, stats } = written;
    return {
      columns: { size, moves_with_time: movesWithTime, rows_read: stats.rowsRead, engine_ms: stats.elapsedMs },
      whenSaved: () => this.dropOutdated(propertyNumber, cohortId, version.version),
    };
  }

  async undo(target: JobTarget, { property_number: number }: ClaimedEvaluationRow): Promise<void> {
    await this.store.abandon(number, listOf(target), jobMarker(this.kind, target));
  }

  /** @throws Superseded where the cohort or its property has been deleted meanwhile */
  private async evaluated({
    row,
  }: ClaimedEvaluation): Promise<{ readonly property: PropertyEntity; readonly version: CohortVersionEntity }> {
    const { manager } = this.database;
    const property = await manager.findOneBy(PropertyEntity, { id: row.property_id });
    const version = await manager.findOneBy(CohortVersionEntity, { cohortId: row.cohort_id, version: row.version });
    if (property === null || version === null) throw new Superseded();
    return { property, version };
  }

  /**
   * Stops the queries of attempts whose workers died, where the engine lives on, and removes what they have written.
   */
  private async clearEarlier({ id, attempt, row }: ClaimedEvaluation): Promise<void> {
    for (let earlier = 1; earlier < attempt; earlier += 1) await this.undo({ id, attempt: earlier }, row);
  }

  /** Nobody reads them; that some stay does no harm. */
  private async dropOutdated(propertyNumber: number, cohortId: string, version: number): Promise<void> {
    const outdated = await this.evaluations.outdated(cohortId, version);
    await this.store
      .drop(propertyNumber, outdated.flatMap(listsOf))
      .catch((error: unknown) => this.logger.warn({ msg: 'members of old evaluations stay', cohortId, err: error }));
  }
}
