import { Injectable, Logger } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { typeid } from 'typeid-js';
import { storeInBatches } from '../../bodies/batches.js';
import type { BodyBounds } from '../../bodies/body-bytes.js';
import type { ErrorCode } from '../../core/error-codes.js';
import { Failure, invalid } from '../../core/failure.js';
import { UPLOAD_LIMITS } from '../../core/upload/upload-row.js';
import { Jobs } from '../../jobs/jobs.service.js';
import { Config } from '../../platform/config/config.js';
import { DiskSpace } from '../../platform/health/disk-space.js';
import { BodyShutdown } from '../../platform/http/shutdown.js';
import { refuseOtherVersion } from '../../platform/http/entity-tags.js';
import { senderFailure } from '../../properties/ingest/ingest-progress.js';
import { retryWhileDatabaseAway } from '../../platform/process/retry-while-away.js';
import { keyInUse, keyReused } from '../../properties/idempotency/idempotency-keys.service.js';
import type { PropertyEntity } from '../../properties/property.entity.js';
import type { UploadBatch } from '../../stores/clickhouse/upload-batch.js';
import { UploadStore } from '../../stores/clickhouse/upload-store.js';
import { ProcessLiveness } from '../../stores/postgres/process-liveness.js';
import { isUniqueViolation } from '../../stores/postgres/unique-violation.js';
import { CohortStore } from '../cohort-store.js';
import { CohortUploadEntity, UPLOAD_VALIDATIONS } from './cohort-upload.entity.js';
import type { UploadBody } from './upload-body.js';
import type { UploadLabels } from './upload-labels.js';
import { UploadRows } from './upload-rows.js';
import type { UploadQuery } from './upload-queries.dto.js';

/** How long a broken upload is tried to be removed while the database is away. */
const REMOVE_PATIENCE_MS = 600_000;
/** Of the engine: they say nothing about the body. */
const QUERY_LIMITS: ReadonlySet<ErrorCode> = new Set(['memory_limit_exceeded', 'time_limit_exceeded']);

/** A call that sends an upload. */
export interface UploadCall {
  readonly property: PropertyEntity;
  readonly body: UploadBody;
  readonly labels: UploadLabels;
  readonly query: UploadQuery;
  readonly ifMatch: string | undefined;
  readonly idempotencyKey: string | null;
}

export interface Received {
  readonly upload: CohortUploadEntity;
  /** Another call with the key has sent it before. */
  readonly isRepeated: boolean;
}

/** Takes uploads in. A body that cannot be read to its end, for whatever reason, leaves nothing behind. */
@Injectable()
export class UploadReceiver {
  private readonly logger = new Logger(UploadReceiver.name);

  constructor(
    private readonly database: DataSource,
    private readonly cohorts: CohortStore,
    private readonly store: UploadStore,
    private readonly jobs: Jobs,
    private readonly instance: ProcessLiveness,
    private readonly config: Config,
    private readonly bodyStop: BodyShutdown,
    private readonly disk: DiskSpace,
  ) {}

  /**
   * @throws Failure what reading the body throws; unknown_cohort, conflict, precondition_failed, limit_exceeded,
   * idempotency_key_in_use, idempotency_key_reused
   */
  async receive(call: UploadCall): Promise<Received> {
    const before = await this.sentBefore(call);
    if (before) return { upload: before, isRepeated: true };
    const { property, body, labels, query, ifMatch, idempotencyKey } = call;
    const targetId = await this.target(property, labels, query.cohort, ifMatch);
    const upload = this.newUpload(property, {
      ...labels,
      tags: [...labels.tags],
      targetId,
      ifMatch: ifMatch ?? null,
      mode: query.validate,
      format: body.format,
      idempotencyKey,
    });
    return { upload: await this.staged(upload, () => this.stage(upload, body)), isRepeated: false };
  }

  /**
   * An upload made of the members of a static cohort, of which it may become a new version. @throws Failure
   * invalid_field
   */
  async ofCohort(
    property: PropertyEntity,
    idOrName: string,
    mode: CohortUploadEntity['mode'],
  ): Promise<CohortUploadEntity> {
    const { cohort, current } = await this.cohorts.get(property, idOrName);
    const { setHash, size } = current;
    if (setHash === null || size === null) {
      throw invalid(
        'invalid_field',
        '',
        `The cohort is a ${current.kind}: who is in it follows from its definition. POST .../evaluations.`,
      );
    }
    const upload = this.newUpload(property, { targetId: cohort.id, mode, format: 'cohort' });
    return await this.staged(upload, async () => {
      await this.store.insertList(upload.id, property.number, setHash);
      return { rows: size };
    });
  }

  private newUpload(property: PropertyEntity, of: Partial<CohortUploadEntity>): CohortUploadEntity {
    const now = Date.now();
    return this.database.manager.create(CohortUploadEntity, {
      name: null,
      ...of,
      id: typeid('upl').toString(),
      propertyId: property.id,
      state: 'receiving',
      instanceId: this.instance.id,
      createdAt: new Date(now),
      expiresAt: new Date(now + this.config.uploadKeepMs),
    });
  }

  /** The upload with its rows, which `stage` stores; without them it is removed. */
  private async staged(
    upload: CohortUploadEntity,
    stage: () => Promise<Partial<CohortUploadEntity>>,
  ): Promise<CohortUploadEntity> {
    const { manager } = this.database;
    await this.refuseTooMany(upload.propertyId);
    await manager.insert(CohortUploadEntity, upload).catch((error: unknown) => {
      throw isUniqueViolation(error) ? keyInUse() : error;
    });
    try {
      const staged = { ...(await stage()), state: 'queued' as const, queuedAt: new Date() };
      const { affected } = await manager.update(CohortUploadEntity, { id: upload.id, state: 'receiving' }, staged);
      if (affected === 0)
        throw new Failure('engine_unavailable', 'The upload was removed while its body was read. Send it again.');
    } catch (error) {
      const isRemoved = await this.remove(upload.id);
      if (error instanceof Failure && error.status < 500 && !QUERY_LIMITS.has(error.code)) throw error;
      const advice = isRemoved
        ? 'Nothing of the upload is kept: send it again.'
        : `Send it again. Should the list of uploads still show ${upload.id} in a while, DELETE that one.`;
      throw senderFailure(error, advice);
    }
    await this.jobs.enqueue(UPLOAD_VALIDATIONS, { id: upload.id, generation: 1 });
    return await manager.findOneByOrFail(CohortUploadEntity, { id: upload.id }).catch((error: unknown) => {
      throw senderFailure(error, `The upload is taken in: GET .../cohort-uploads/${upload.id} tells of it.`);
    });
  }

  private async stage({ id }: CohortUploadEntity, body: UploadBody): Promise<Partial<CohortUploadEntity>> {
    const rows = new UploadRows(this.config.uploadRowLimit);
    await storeInBatches(body.pieces(this.bounds()), body.splitter(rows), rows, (batch) => this.insert(id, batch));
    if (rows.rows === 0) throw invalid('invalid_field', '', 'The body holds no row. Send a user a line.');
    return { ...body.found, firstTexts: rows.firstTexts, rows: rows.rows, fingerprint: body.readFingerprint() };
  }

  /** A long body may fill the disk on its way. */
  private async insert(id: string, batch: UploadBatch): Promise<void> {
    if (batch.count === 0) return;
    await this.disk.refuseWrites();
    await this.store.insert(id, batch);
  }

  private bounds(): BodyBounds {
    return { limitBytes: this.config.streamBodyLimitBytes, stop: this.bodyStop.signal };
  }

  /** False: not yet, as the database is away; it is tried on, so that nobody waits for a body that does not come. */
  private async remove(id: string): Promise<boolean> {
    const removing = (): Promise<unknown> => this.database.manager.delete(CohortUploadEntity, { id });
    try {
      await removing();
    } catch (error) {
      this.logger.warn({ msg: 'a broken upload stays for now', uploadId: id, err: error });
      void retryWhileDatabaseAway(removing, (waitedMs) => waitedMs < REMOVE_PATIENCE_MS).catch(() => undefined);
      return false;
    }
    await this.store
      .drop(id, 0)
      .catch((error: Error) => this.logger.warn({ msg: 'rows of a broken upload stay', uploadId: id, err: error }));
    return true;
  }

  /** @throws Failure idempotency_key_in_use, idempotency_key_reused */
  private async sentBefore({ property, body, idempotencyKey }: UploadCall): Promise<CohortUploadEntity | null> {
    if (idempotencyKey === null) return null;
    const key = { propertyId: property.id, idempotencyKey };
    const found = await this.database.manager.findOneBy(CohortUploadEntity, key);
    if (found === null) return null;
    if (found.state === 'receiving') {
      if (await this.instance.isAlive(found.instanceId)) throw keyInUse();
      await this.remove(found.id);
      return null;
    }
    const fingerprint = await body.fingerprint(this.bounds());
    if (fingerprint !== found.fingerprint) throw keyReused('that made an upload which is still there');
    return found;
  }

  private async target(
    property: PropertyEntity,
    { name }: UploadLabels,
    cohort: string | undefined,
    ifMatch: string | undefined,
  ): Promise<string | null> {
    if (name !== null) {
      await this.cohorts.refuseTakenName(property, name);
      return null;
    }
    const found = await this.cohorts.find(property, cohort ?? '');
    if (found === null) {
      const detail = `The property has no cohort ${JSON.stringify(cohort)}. GET .../cohorts lists those it has.`;
      throw new Failure('unknown_cohort', detail, [{ parameter: 'cohort', detail }]);
    }
    refuseOtherVersion(ifMatch, found.cohort.revision);
    return found.cohort.id;
  }

  private async refuseTooMany(propertyId: string): Promise<void> {
    const { uploads } = UPLOAD_LIMITS;
    if ((await this.database.manager.countBy(CohortUploadEntity, { propertyId })) < uploads) return;
    const detail = `The property has ${uploads} uploads. DELETE some, or wait until they expire.`;
    throw new Failure('limit_exceeded', detail, [], { limit: 'uploads', value: uploads });
  }
}
