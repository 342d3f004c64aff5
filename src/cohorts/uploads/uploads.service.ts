import { Injectable } from '@nestjs/common';
import { DataSource, LessThan, type EntityManager } from 'typeorm';
import type { ValidationMode } from '../../core/upload/upload-row.js';
import { Failure } from '../../core/failure.js';
import { JobEvents } from '../../jobs/job-events.js';
import { JobWatcher } from '../../jobs/job-watcher.js';
import { Jobs } from '../../jobs/jobs.service.js';
import type { Watched } from '../../platform/http/event-stream.js';
import { decodeCursor, pageOf, type Page } from '../../platform/http/page.js';
import type { PropertyEntity } from '../../properties/property.entity.js';
import { UploadStore } from '../../stores/clickhouse/upload-store.js';
import { requireFound } from '../cohort-store.js';
import { CohortUploadEntity, UPLOAD_VALIDATIONS, type UploadState } from './cohort-upload.entity.js';
import type { ListUploadsQuery } from './upload-queries.dto.js';
import { toUploadDto } from './upload.dto.js';
import { forUpdate } from '../../stores/postgres/for-update.js';

const UNDER_WAY: ReadonlySet<UploadState> = new Set(['receiving', 'queued', 'validating']);

/** Whether an upload goes on by itself. */
export function isUnderWay({ state }: CohortUploadEntity): boolean {
  return UNDER_WAY.has(state);
}

/** The uploads of a property. */
@Injectable()
export class UploadsService {
  constructor(
    private readonly database: DataSource,
    private readonly store: UploadStore,
    private readonly jobs: Jobs,
    private readonly watcher: JobWatcher,
    private readonly events: JobEvents,
  ) {}

  /** @throws Failure not_found */
  async get(property: PropertyEntity, id: string, manager = this.database.manager): Promise<CohortUploadEntity> {
    return requireFound(await manager.findOneBy(CohortUploadEntity, { id, propertyId: property.id }), NO_UPLOAD);
  }

  /** The upload when its validation has an end, or after `waitMs`. @throws Failure not_found */
  async settled(property: PropertyEntity, id: string, waitMs: number): Promise<CohortUploadEntity> {
    const endMs = performance.now() + waitMs;
    for (;;) {
      const upload = await this.get(property, id);
      const leftMs = endMs - performance.now();
      if (!isUnderWay(upload) || leftMs <= 0 || this.watcher.isClosing) return upload;
      await this.watcher.ended(UPLOAD_VALIDATIONS, id, leftMs);
    }
  }

  /** `read` throws not_found where the property has no such upload. */
  watch(property: PropertyEntity, id: string): Watched {
    return this.events.watch(UPLOAD_VALIDATIONS, async () => {
      const upload = await this.get(property, id);
      const { state, attempt, asked, rowsChecked } = upload;
      return {
        job: { id, state, attempt, progress: rowsChecked },
        snapshot: {
          id: [id, asked, attempt, state, rowsChecked].join('.'),
          event: state,
          data: toUploadDto(upload),
          isLast: !isUnderWay(upload),
        },
      };
    });
  }

  /** The newest first. */
  async list(property: PropertyEntity, { limit, cursor, status }: ListUploadsQuery): Promise<Page<CohortUploadEntity>> {
    const [before] = decodeCursor(cursor, 1) ?? [];
    const found = await this.database.manager.find(CohortUploadEntity, {
      where: {
        propertyId: property.id,
        ...(before !== undefined && { id: LessThan(before) }),
        ...(status && { state: status }),
      },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return pageOf(found, limit, ({ id }) => [id]);
  }

  /**
   * Asks for another validation, by the data there are now. What the last one has found stays until then. @throws
   * Failure not_found, not_validated
   */
  async validateAgain(property: PropertyEntity, id: string, mode?: ValidationMode): Promise<CohortUploadEntity> {
    const upload = await this.database.transaction(async (manager) => {
      const locked = await this.lock(manager, property, id);
      if (isUnderWay(locked)) throw stillOpen(locked);
      if (locked.state === 'finished') throw finished(locked);
      const changes = {
        state: 'queued',
        mode: mode ?? locked.mode,
        asked: locked.asked + 1,
        queuedAt: new Date(),
        handedBack: locked.attempt,
        engineLostAt: null,
        error: null,
        rowsChecked: 0,
      };
      return await manager.save(Object.assign(locked, changes));
    });
    await this.jobs.enqueue(UPLOAD_VALIDATIONS, { id, generation: upload.asked });
    return upload;
  }

  /** Stops what is under way. A cohort that the upload has become stays. @throws Failure not_found */
  async remove(property: PropertyEntity, id: string): Promise<void> {
    const { attempt, asked } = await this.database.transaction(async (manager) => {
      const locked = await this.lock(manager, property, id);
      await manager.delete(CohortUploadEntity, { id });
      return locked;
    });
    this.jobs.stop(UPLOAD_VALIDATIONS, { id, attempt }, asked);
    await this.store.drop(id, attempt);
  }

  /** An upload that nobody else changes until the transaction ends. @throws Failure not_found */
  async lock(manager: EntityManager, property: PropertyEntity, id: string): Promise<CohortUploadEntity> {
    const found = await manager.findOne(CohortUploadEntity, {
      where: { id, propertyId: property.id },
      ...forUpdate(),
    });
    return requireFound(found, NO_UPLOAD);
  }
}

const NO_UPLOAD = 'There is no such upload in this property, or it has expired.';

/** 409 `not_validated` for an upload whose rows are still being read or checked. */
export function stillOpen({ state }: CohortUploadEntity): Failure {
  return new Failure('not_validated', `The upload is ${state}: GET it with ?wait=60 until it is validated.`);
}

function finished({ cohort }: CohortUploadEntity): Failure {
  const detail = `The upload is finished: it is version ${cohort?.version} of ${cohort?.id}. POST .../cohorts/${cohort?.id}/validate checks its members.`;
  return new Failure('conflict', detail);
}
