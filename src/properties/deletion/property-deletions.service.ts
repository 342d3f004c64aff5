import { Injectable } from '@nestjs/common';
import { DataSource, In, LessThan, type EntityManager } from 'typeorm';
import { typeid } from 'typeid-js';
import { propertiesWith } from '../../core/access/access.js';
import { Failure } from '../../core/failure.js';
import { JobEvents } from '../../jobs/job-events.js';
import { isOver } from '../../jobs/job-kind.js';
import { JobWatcher } from '../../jobs/job-watcher.js';
import { Jobs } from '../../jobs/jobs.service.js';
import type { Watched } from '../../platform/http/event-stream.js';
import { decodeCursor, pageOf, type Page, type PageQuery } from '../../platform/http/page.js';
import type { Principal } from '../../access/principal.js';
import { IngestCounterEntity } from '../ledger/ingest-counter.entity.js';
import { PropertyEntity } from '../property.entity.js';
import { toPropertyDeletionDto, type PropertyDeletionDto } from './property-deletion.dto.js';
import { PROPERTY_DELETIONS, PropertyDeletionEntity } from './property-deletion.entity.js';

/** What a property owns, as far as somebody would miss it. */
const OWNED = `SELECT
  (SELECT count(*)::integer FROM batches WHERE property_id = $1 AND kind <> 'deletion') AS batches,
  (SELECT count(*)::integer FROM cohorts WHERE property_id = $1) AS cohorts,
  (SELECT count(*)::integer FROM named_metrics WHERE property_id = $1) AS metrics,
  (SELECT count(*)::integer FROM requests WHERE property_id = $1) AS requests`;

/** Deletes properties: at once for everybody who looks, and then what they owned. */
@Injectable()
export class PropertyDeletions {
  constructor(
    private readonly database: DataSource,
    private readonly jobs: Jobs,
    private readonly watcher: JobWatcher,
    private readonly events: JobEvents,
  ) {}

  /** @throws Failure property_not_empty without `isForced` */
  async begin(property: PropertyEntity, { id: apiKeyId }: Principal, isForced: boolean): Promise<PropertyDeletionDto> {
    if (!isForced) await this.refuseOwner(property);
    const deletion = await this.database.transaction((manager) => this.detach(manager, property, apiKeyId));
    await this.enqueue(deletion);
    return toPropertyDeletionDto(deletion);
  }

  /** After the commit of what `detach` has written. */
  async enqueue({ id }: PropertyDeletionEntity): Promise<void> {
    await this.jobs.enqueue(PROPERTY_DELETIONS, { id });
  }

  /** How far it is, when it has an end or after `waitMs`. @throws Failure not_found */
  async get(principal: Principal, id: string, waitMs: number): Promise<PropertyDeletionDto> {
    const found = await this.found(principal, id);
    if (waitMs <= 0 || isOver(PROPERTY_DELETIONS, found.state)) return toPropertyDeletionDto(found);
    await this.watcher.ended(PROPERTY_DELETIONS, id, waitMs);
    return toPropertyDeletionDto(await this.found(principal, id));
  }

  /** `read` throws not_found where the account has no such deletion. */
  watch(principal: Principal, id: string): Watched {
    return this.events.watch(PROPERTY_DELETIONS, async () => {
      const deletion = await this.found(principal, id);
      const { state, attempt, step } = deletion;
      const data = toPropertyDeletionDto(deletion);
      const isLast = isOver(PROPERTY_DELETIONS, state);
      return {
        job: { id, state, attempt, progress: null },
        snapshot: { id: [id, attempt, state, step].join('.'), event: data.status, data, isLast },
      };
    });
  }

  private async found({ accountId, access }: Principal, id: string): Promise<PropertyDeletionEntity> {
    const found = await this.database.manager.findOneBy(PropertyDeletionEntity, { id, accountId });
    const seen = propertiesWith(access, 'property:read');
    if (found === null || seen?.includes(found.propertyId) === false)
      throw new Failure('not_found', 'The account has no deletion with this id.');
    return found;
  }

  /** Of the properties that the caller saw, the newest first. */
  async list({ accountId, access }: Principal, { limit, cursor }: PageQuery): Promise<Page<PropertyDeletionDto>> {
    const seen = propertiesWith(access, 'property:read');
    const [before] = decodeCursor(cursor, 1) ?? [];
    const found = await this.database.manager.find(PropertyDeletionEntity, {
      where: {
        accountId,
        ...(seen !== null && { propertyId: In(seen) }),
        ...(before !== undefined && { id: LessThan(before) }),
      },
      order: { id: 'DESC' },
      take: limit + 1,
    });
    return pageOf(found, limit, ({ id }) => [id]).map(toPropertyDeletionDto);
  }

  private async refuseOwner({ id, slug }: PropertyEntity): Promise<void> {
    const [owned]: Record<string, number>[] = await this.database.query(OWNED, [id]);
    const things = Object.entries(owned ?? {}).filter(([, count]) => count > 0);
    if (things.length === 0) return;
    const reported = things.map(([name, count]) => `${count} ${name}`).join(', ');
    const detail = `"${slug}" owns ${reported}. Repeat it with force=true if all of it is to go; there is no way back.`;
    throw new Failure('property_not_empty', detail, [], { owns: Object.fromEntries(things) });
  }

  /**
   * From here on it is unknown, its slug is free, no batch of it gets a number, and no run of it begins.
   * @throws Failure not_found
   */
  async detach(manager: EntityManager, property: PropertyEntity, apiKeyId: string): Promise<PropertyDeletionEntity> {
    const { affected } = await manager.delete(PropertyEntity, { id: property.id });
    if (affected === 0) throw new Failure('not_found', 'The property is being deleted already.');
    await manager.delete(IngestCounterEntity, { propertyId: property.id });
    await manager.query(
      `UPDATE runs SET state = 'cancelled', finished_at = now() WHERE property_id = $1 AND state IN ('queued', 'running')`,
      [property.id],
    );
    const deletion = manager.create(PropertyDeletionEntity, {
      id: typeid('pdel').toString(),
      accountId: property.accountId,
      propertyId: property.id,
      propertyNumber: property.number,
      slug: property.slug,
      name: property.name,
      apiKeyId,
      state: 'queued',
      step: 'waiting',
      counts: {},
      createdAt: new Date(),
      finishedAt: null,
    });
    await manager.insert(PropertyDeletionEntity, deletion);
    return deletion;
  }
}
