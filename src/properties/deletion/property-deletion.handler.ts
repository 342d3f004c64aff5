import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import {
  Superseded,
  type ClaimedJob,
  type ClaimTerms,
  type JobContext,
  type JobHandler,
  type JobResult,
} from '../../jobs/job-kind.js';
import { JobStore } from '../../jobs/job-store.js';
import { JobWorker } from '../../jobs/job-worker.js';
import { Engine } from '../../stores/clickhouse/engine.js';
import { ingestMarker, stopInserts } from '../../stores/clickhouse/ingest-marker.js';
import { OwnedRowsStore, type Owner } from '../../stores/clickhouse/owned-rows-store.js';
import { ProcessLiveness } from '../../stores/postgres/process-liveness.js';
import { JournalFlush } from '../journal/journal-flush.service.js';
import { OpenBatchEntity } from '../ledger/open-batch.entity.js';
import {
  DELETION_STEPS,
  PROPERTY_DELETIONS,
  PropertyDeletionEntity,
  type DeletionStep,
} from './property-deletion.entity.js';

const LOOK_AGAIN_MS = 200;
/** Properties whose data one process removes at once. */
const CONCURRENCY = 2;

/** Tables whose rows belong to a property by way of another's: deleted before that. */
const BY_PARENT: readonly (readonly [string, string])[] = [
  ['cohort_versions', 'cohort_id IN (SELECT id FROM cohorts WHERE property_id = $1)'],
  ['named_metric_versions', 'metric_id IN (SELECT id FROM named_metrics WHERE property_id = $1)'],
  ['idempotency_keys', 'scope = $1'],
];
/** What counts revisions is counted up by the deletion of others. */
const LAST = 'property_revisions';
/** Its own receipt stays, and so does the audit log. */
const KEPT = ['property_deletions', 'audit_entries', LAST];

/** Where the ids are that tables of the engine go by. */
const ID_TABLES: Readonly<Record<Exclude<Owner, 'property'>, string>> = { run_id: 'runs', upload_id: 'cohort_uploads' };

interface ClaimedDeletionRow {
  readonly property_id: string;
  readonly property_number: number;
  readonly step: DeletionStep;
  readonly counts: Readonly<Record<string, number>>;
}

/** One attempt at a deletion, and what it has counted so far. */
interface Deletion {
  readonly job: ClaimedJob<ClaimedDeletionRow>;
  readonly context: JobContext;
  counts: Readonly<Record<string, number>>;
}

/**
 * Removes what deleted properties owned. Every step can be done again, and what it has counted is kept with it: another
 * attempt goes on at the step where the last one was.
 */
@Injectable()
export class PropertyDeletionHandler implements JobHandler<ClaimedDeletionRow>, OnModuleInit {
  readonly kind = PROPERTY_DELETIONS;
  readonly concurrency = CONCURRENCY;
  readonly claim: ClaimTerms = { returning: ['property_id', 'property_number', 'step', 'counts'] };

  constructor(
    private readonly worker: JobWorker,
    private readonly jobs: JobStore,
    private readonly database: DataSource,
    private readonly instance: ProcessLiveness,
    private readonly engine: Engine,
    private readonly rows: OwnedRowsStore,
    private readonly journal: JournalFlush,
  ) {}

  onModuleInit(): void {
    this.worker.register(this);
  }

  async execute(job: ClaimedJob<ClaimedDeletionRow>, context: JobContext): Promise<JobResult> {
    const deletion: Deletion = { job, context, counts: job.row.counts };
    for (const step of DELETION_STEPS.slice(DELETION_STEPS.indexOf(job.row.step))) {
      context.query.signal.throwIfAborted();
      await context.save({ step, counts: JSON.stringify(deletion.counts) });
      await this.take(step, deletion);
    }
    return { columns: { step: 'done' } };
  }

  private async take(step: DeletionStep, deletion: Deletion): Promise<void> {
    const { property_number: number } = deletion.job.row;
    if (step === 'waiting') await this.drain(deletion);
    if (step === 'counting') deletion.counts = { events: await this.rows.countEvents(number) };
    if (step === 'engine') await this.eraseEngine(deletion);
    if (step === 'database') await this.eraseDatabase(deletion);
  }

  /**
   * Nothing new comes in without a counter; what was on its way is stored, or stopped where its process is dead. No job
   * begins without its property; those under way end.
   */
  private async drain({ job: { row }, context: { query } }: Deletion): Promise<void> {
    const { property_id: propertyId, property_number: number } = row;
    for (;;) {
      const open = await this.database.manager.findBy(OpenBatchEntity, { propertyId });
      if (open.length === 0 && !(await this.jobs.isAtWork(propertyId))) {
        return await this.journal.flush(propertyId, Number.MAX_SAFE_INTEGER);
      }
      for (const { seq, instanceId } of open) {
        if (await this.instance.isAlive(instanceId)) continue;
        await stopInserts(this.engine, [ingestMarker(number, seq)]);
        await this.database.manager.delete(OpenBatchEntity, { propertyId, seq });
      }
      await sleep(LOOK_AGAIN_MS, undefined, { signal: query.signal });
    }
  }

  private async eraseEngine({ job: { row } }: Deletion): Promise<void> {
    for (const table of await this.rows.tables()) {
      if (table.owner === 'property') await this.rows.eraseProperty(table, row.property_number);
      else await this.rows.eraseOwned(table, await this.ids(ID_TABLES[table.owner], row.property_id));
    }
  }

  private async ids(table: string, propertyId: string): Promise<string[]> {
    const rows: { id: string }[] = await this.database.query(`SELECT id FROM ${table} WHERE property_id = $1`, [
      propertyId,
    ]);
    return rows.map(({ id }) => id);
  }

  private async eraseDatabase(deletion: Deletion): Promise<void> {
    const own = this.database.entityMetadatas
      .filter(
        ({ tableName, columns }) =>
          !KEPT.includes(tableName) && columns.some((one) => one.propertyName === 'propertyId'),
      )
      .map(({ tableName }) => [tableName, 'property_id = $1'] as const);
    for (const [table, condition] of [...BY_PARENT, ...own, [LAST, 'property_id = $1'] as const]) {
      await this.eraseTable(deletion, table, condition);
    }
  }

  /** Rows and their count go together. @throws Superseded */
  private async eraseTable(deletion: Deletion, table: string, condition: string): Promise<void> {
    const { id, attempt, row } = deletion.job;
    await this.database.transaction(async (manager) => {
      const sql = `DELETE FROM ${table} WHERE ${condition}`;
      const [, deleted]: [unknown, number] = await manager.query(sql, [row.property_id]);
      if (deleted === 0) return;
      const counts = { ...deletion.counts, [table]: deleted };
      const mine = { id, attempt, state: 'running' } as const;
      const { affected } = await manager.update(PropertyDeletionEntity, mine, { counts });
      if (affected === 0) throw new Superseded();
      deletion.counts = counts;
    });
  }
}
