import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager } from 'typeorm';
import { Failure, invalid } from '../core/failure.js';
import { isMetricId, metric as builtIn } from '../core/metric/catalogue.js';
import { isMetricName, isNamedMetricId, unknownMetric } from '../core/metric/named/metric-name.js';
import type { NamedMetric } from '../core/metric/named/named-metric.js';
import { refuseUnreadableMetric } from '../core/stored/read-definition.js';
import { parseNamedMetric } from '../core/metric/named/parse-named-metric.js';
import { refuseOtherVersion } from '../platform/http/entity-tags.js';
import { decodeCursor, pageOf, type Page } from '../platform/http/page.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { isUniqueViolation } from '../stores/postgres/unique-violation.js';
import { NamedMetricStore, type VersionedMetric } from './named-metric-store.js';
import { NamedMetricEntity } from './named-metric.entity.js';
import { toListedMetricDto, toNamedMetricDto, type NamedMetricDto, type ListMetricsQuery } from './named-metric.dto.js';

/** A named metric as a request uses it, with what is remembered of it. */
export interface FoundMetric extends NamedMetric {
  readonly id: string;
  readonly name: string;
  readonly version: number;
}

@Injectable()
export class NamedMetricsService {
  constructor(
    private readonly database: DataSource,
    private readonly store: NamedMetricStore,
  ) {}

  /** @throws Failure conflict, and those of parseNamedMetric */
  async create(property: PropertyEntity, body: unknown): Promise<NamedMetricDto> {
    const fields = parseNamedMetric(body, null);
    try {
      return toNamedMetricDto(
        await this.database.transaction((manager) => this.store.insert(manager, property.id, fields)),
      );
    } catch (error) {
      throw isUniqueViolation(error) ? nameTaken(fields.name) : error;
    }
  }

  /** In the order of creation. */
  async list(property: PropertyEntity, query: ListMetricsQuery): Promise<Page<NamedMetricDto>> {
    const after = decodeCursor(query.cursor, 1)?.[0] ?? '';
    const filter = { text: query.text, metric: query.metric, archived: query.archived === 'true' };
    const found = await this.store.page(property.id, filter, after, query.limit + 1);
    return pageOf(found, query.limit, ({ metric }) => [metric.id]).map(toListedMetricDto);
  }

  /** @throws Failure not_found */
  async show(property: PropertyEntity, idOrName: string): Promise<NamedMetricDto> {
    return toNamedMetricDto(await this.find(property, idOrName));
  }

  /** @throws Failure not_found */
  async showVersion(property: PropertyEntity, idOrName: string, version: string): Promise<NamedMetricDto> {
    const { metric } = await this.find(property, idOrName);
    const number = /^[1-9]\d{0,8}$/.test(version) ? Number(version) : 0;
    const found = await this.store.version(metric.id, number);
    if (found !== null) return toNamedMetricDto({ metric, version: found });
    throw new Failure('not_found', `The metric does not have this version. Take one of 1 to ${metric.version}.`);
  }

  /**
   * Gives the metric a new version, which the next requests use; what is as it was keeps its version.
   *
   * @throws Failure not_found, precondition_failed, and those of parseNamedMetric
   */
  async change(
    property: PropertyEntity,
    idOrName: string,
    body: unknown,
    ifMatch: string | undefined,
  ): Promise<NamedMetricDto> {
    const found = await this.inUse(property, idOrName);
    const fields = parseNamedMetric(body, found.metric.name);
    return this.database.transaction(async (manager) => {
      const current = await this.lock(manager, property, found);
      refuseOtherVersion(ifMatch, current.metric.version);
      return toNamedMetricDto(await this.store.change(manager, current, fields));
    });
  }

  /**
   * Takes the metric out of use: requests no longer know it and its name is free. It stays readable by its id, with its
   * versions.
   *
   * @throws Failure not_found, precondition_failed
   */
  async archive(property: PropertyEntity, idOrName: string, ifMatch: string | undefined): Promise<void> {
    const found = await this.inUse(property, idOrName);
    await this.database.transaction(async (manager) => {
      const { metric } = await this.lock(manager, property, found);
      refuseOtherVersion(ifMatch, metric.version);
      await manager.update(NamedMetricEntity, { id: metric.id }, { archivedAt: new Date() });
    });
  }

  /**
   * The metric of a request that is a named one, in its newest version; null where it is left to the built-ins. A name
   * that the property has given goes before a built-in that a later release calls so: what is asked by it stays what it
   * was.
   *
   * @throws Failure unknown_metric, stored_form_unreadable
   */
  async resolve(property: PropertyEntity, requested: unknown, pointer = '/metric'): Promise<FoundMetric | null> {
    if (typeof requested !== 'string') return null;
    if (isMetricId(requested) && !(await this.store.hasOwn(requested))) return null;
    const found = isMetricName(requested) || isNamedMetricId(requested) ? await this.lookUp(property, requested) : null;
    if (found !== null && found.metric.archivedAt === null) return toFoundMetric(found);
    if (isMetricId(requested)) return null;
    throw found === null
      ? unknownMetric(requested, await this.store.names(property.id), pointer)
      : invalid(
          'unknown_metric',
          pointer,
          `The metric ${found.metric.name} (${requested}) is archived. Take another one, or create one of this name again.`,
        );
  }

  private async lookUp(property: PropertyEntity, idOrName: string): Promise<VersionedMetric | null> {
    return this.store.find(property.id, isNamedMetricId(idOrName) ? { id: idOrName } : { name: idOrName });
  }

  private async find(property: PropertyEntity, idOrName: string): Promise<VersionedMetric> {
    const found = isMetricName(idOrName) || isNamedMetricId(idOrName) ? await this.lookUp(property, idOrName) : null;
    if (found !== null) return found;
    if (isMetricId(idOrName)) {
      throw new Failure('not_found', `${idOrName} is a built-in metric: GET /v1/metrics/${idOrName} shows it.`);
    }
    throw new Failure('not_found', unknownMetric(idOrName, await this.store.names(property.id), '').detail);
  }

  private async inUse(property: PropertyEntity, idOrName: string): Promise<VersionedMetric> {
    const found = await this.find(property, idOrName);
    if (found.metric.archivedAt === null) return found;
    throw new Failure(
      'not_found',
      'The metric is archived: it can be read, but not changed. Create another one of this name.',
    );
  }

  /** Changes of one metric take turns, so that versions are numbered without a gap. */
  private async lock(
    manager: EntityManager,
    property: PropertyEntity,
    { metric: { id } }: VersionedMetric,
  ): Promise<VersionedMetric> {
    await manager.query('SELECT 1 FROM named_metrics WHERE id = $1 FOR UPDATE', [id]);
    const current = await this.store.find(property.id, { id }, manager);
    if (current !== null && current.metric.archivedAt === null) return current;
    throw new Failure('not_found', 'The metric has been archived in the meantime. Create another one of this name.');
  }
}

function toFoundMetric({ metric, version }: VersionedMetric): FoundMetric {
  const { id, name } = metric;
  const { fixed, defaults } = version;
  refuseUnreadableMetric(version);
  return { id, name, version: version.version, definition: builtIn(version.builtIn), fixed, defaults };
}

function nameTaken(name: string): Failure {
  return invalid(
    'conflict',
    '/name',
    `The property has a metric ${name} already. Take another name, or PUT to that one.`,
  );
}
