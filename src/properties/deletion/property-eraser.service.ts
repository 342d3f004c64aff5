import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { DataSource, IsNull } from 'typeorm';
import { Engine } from '../../stores/clickhouse/engine.js';
import { ingestMarker } from '../../stores/clickhouse/ingest-marker.js';
import { OwnedRowsStore, type Owner } from '../../stores/clickhouse/owned-rows-store.js';
import { ProcessLiveness } from '../../stores/postgres/process-liveness.js';
import { OpenBatchEntity } from '../ledger/open-batch.entity.js';
import { DELETION_STEPS, PropertyDeletionEntity, type DeletionStep } from './property-deletion.entity.js';

const PERIOD_MS = 5_000;
const LOOK_AGAIN_MS = 200;

/** Tables whose rows belong to a property by way of another's: deleted before that. */
const BY_PARENT: readonly (readonly [string, string])[] = [
  ['cohort_versions', 'cohort_id IN (SELECT id FROM cohorts WHERE property_id = $1)'],
  ['named_metric_versions', 'metric_id IN (SELECT id FROM named_metrics WHERE property_id = $1)'],
  ['idempotency_keys', 'scope = $1'],
];
/** Its own receipt stays; what counts revisions is counted up by the deletion of others. */
const LAST = 'property_revisions';
const KEPT = ['property_deletions', LAST];

/** Where the ids are that tables of the engine go by. */
const ID_TABLES: Readonly<Record<Exclude<Owner, 'property'>, string>> = { run_id: 'runs', upload_id: 'cohort_uploads' };

/**
 * Removes what deleted properties owned, in the process that was asked, and at the start and every few seconds what processes that died have left: every step can be
 * done again, and what it has counted is kept with it.
 */
@Injectable()
export class PropertyEraser implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(PropertyEraser.name);
  private readonly underWay = new Map<string, Promise<void>>();
  private timer: NodeJS.Timeout | undefined;
  private isStopped = false;

  constructor(
    private readonly database: DataSource,
    private readonly instance: ProcessLiveness,
    private readonly engine: Engine,
    private readonly rows: OwnedRowsStore,
  ) {}

  onApplicationBootstrap(): void {
    const look = (): void => {
      this.takeUp().catch((error: unknown) => {
        this.logger.warn(`Deletions of properties could not be looked after: ${String(error)}`);
      });
    };
    look();
    this.timer = setInterval(look, PERIOD_MS).unref();
  }

  /** What is under way is left at the end of its step, to the next process. */
  async beforeApplicationShutdown(): Promise<void> {
    this.isStopped = true;
    clearInterval(this.timer);
    await Promise.all(this.underWay.values());
  }

  /** Takes up what nobody works on. */
  async takeUp(): Promise<void> {
    const left = await this.database.manager.findBy(PropertyDeletionEntity, { finishedAt: IsNull() });
    for (const { id, instanceId } of left) {
      if (this.underWay.has(id)) continue;
      if (instanceId !== this.instance.id && (await this.instance.isAlive(instanceId))) continue;
      const mine = { instanceId: this.instance.id };
      const { affected } = await this.database.manager.update(PropertyDeletionEntity, { id, instanceId }, mine);
      if (affected !== 0) this.begin(id);
    }
  }

  begin(id: string): void {
    if (this.isStopped || this.underWay.has(id)) return;
    const work = this.erase(id)
      .catch((error: unknown) => this.logger.warn({ msg: 'deletion of a property goes on later', id, err: error }))
      .finally(() => this.underWay.delete(id));
    this.underWay.set(id, work);
  }

  private async erase(id: string): Promise<void> {
    const deletion = await this.database.manager.findOneByOrFail(PropertyDeletionEntity, { id });
    for (const step of DELETION_STEPS.slice(DELETION_STEPS.indexOf(deletion.step))) {
      if (this.isStopped) return;
      await this.note(deletion, step);
      if (step === 'waiting') await this.drain(deletion);
      if (step === 'counting') deletion.counts = { events: await this.rows.countEvents(deletion.propertyNumber) };
      if (step === 'engine') await this.eraseEngine(deletion);
      if (step === 'database') await this.eraseDatabase(deletion);
      if (step === 'done') deletion.finishedAt = new Date();
    }
    await this.note(deletion, 'done');
  }

  private async note(deletion: PropertyDeletionEntity, step: DeletionStep): Promise<void> {
    deletion.step = step;
    const { id, counts, finishedAt } = deletion;
    await this.database.manager.update(PropertyDeletionEntity, { id }, { step, counts, finishedAt });
  }

  /** Nothing new comes in without a counter; what was on its way is stored, or stopped where its process is dead. */
  private async drain({ propertyId, propertyNumber }: PropertyDeletionEntity): Promise<void> {
    for (;;) {
      const open = await this.database.manager.findBy(OpenBatchEntity, { propertyId });
      if (open.length === 0 || this.isStopped) return;
      for (const { seq, instanceId } of open) {
        if (await this.instance.isAlive(instanceId)) continue;
        await this.engine.kill(ingestMarker(propertyNumber, seq));
        await sleep(LOOK_AGAIN_MS);
        await this.engine.kill(ingestMarker(propertyNumber, seq));
        await this.database.manager.delete(OpenBatchEntity, { propertyId, seq });
      }
      await sleep(LOOK_AGAIN_MS);
    }
  }

  private async eraseEngine({ propertyId, propertyNumber }: PropertyDeletionEntity): Promise<void> {
    for (const table of await this.rows.tables()) {
      if (table.owner === 'property') await this.rows.eraseProperty(table, propertyNumber);
      else await this.rows.eraseOwned(table, await this.ids(ID_TABLES[table.owner], propertyId));
    }
  }

  private async ids(table: string, propertyId: string): Promise<string[]> {
    const rows: { id: string }[] = await this.database.query(`SELECT id FROM ${table} WHERE property_id = $1`, [
      propertyId,
    ]);
    return rows.map(({ id }) => id);
  }

  private async eraseDatabase(deletion: PropertyDeletionEntity): Promise<void> {
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

  /** Rows and their count go together. */
  private async eraseTable(deletion: PropertyDeletionEntity, table: string, condition: string): Promise<void> {
    await this.database.transaction(async (manager) => {
      const [, deleted]: [unknown, number] = await manager.query(`DELETE FROM ${table} WHERE ${condition}`, [
        deletion.propertyId,
      ]);
      if (deleted === 0) return;
      const counts = { ...deletion.counts, [table]: deleted };
      await manager.update(PropertyDeletionEntity, { id: deletion.id }, { counts });
      deletion.counts = counts;
    });
  }
}
