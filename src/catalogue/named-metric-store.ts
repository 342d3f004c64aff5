import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { METRIC_IDS } from '../core/metric/catalogue.js';
import { NamedMetricVersionEntity, NamedMetricEntity } from './named-metric.entity.js';
import { isDeepStrictEqual } from 'node:util';
import { typeid } from 'typeid-js';
import { STORED_FORMS } from '../core/stored/stored-form.js';
import type { NamedMetricFields } from '../core/metric/named/named-metric.js';

/** A metric with one of its versions. */
export interface VersionedMetric {
  readonly metric: NamedMetricEntity;
  readonly version: NamedMetricVersionEntity;
}

/** Which metrics a list holds; all of what is given must hold. */
export interface NamedMetricFilter {
  /** A part of the name, the title or the description, in any case. */
  readonly text?: string | undefined;
  /** Id of the built-in. */
  readonly metric?: string | undefined;
  readonly archived: boolean;
}

/** By id, archived ones too; by name only those in use. */
export type MetricKey = { readonly id: string } | { readonly name: string };

const OWN_BUILT_IN_NAMES = 'SELECT DISTINCT name FROM named_metrics WHERE archived_at IS NULL AND name = ANY($1)';

/** Named metrics together with their current versions. */
@Injectable()
export class NamedMetricStore {
  private ownBuiltInNames: Promise<ReadonlySet<string>> | undefined;

  constructor(private readonly database: DataSource) {}

  async find(propertyId: string, key: MetricKey, manager = this.database.manager): Promise<VersionedMetric | null> {
    const query = of(manager, propertyId).limit(1);
    if ('id' in key) query.andWhere('metric.id = :id', key);
    else query.andWhere('metric.name = :name AND metric.archived_at IS NULL', key);
    return (await read(query))[0] ?? null;
  }

  async version(metricId: string, version: number): Promise<NamedMetricVersionEntity | null> {
    return await this.database.manager.findOneBy(NamedMetricVersionEntity, { metricId, version });
  }

  /** In the order of creation; `after` is the id of the last one of the page before. */
  async page(propertyId: string, filter: NamedMetricFilter, after: string, limit: number): Promise<VersionedMetric[]> {
    const query = of(this.database.manager, propertyId)
      .andWhere('metric.id > :after', { after })
      .andWhere(`metric.archived_at IS ${filter.archived ? 'NOT NULL' : 'NULL'}`)
      .orderBy('metric.id')
      .limit(limit);
    if (filter.metric !== undefined) query.andWhere('version.built_in = :metric', { metric: filter.metric });
    if (filter.text !== undefined) {
      const texts = ['metric.name', 'version.title', 'version.description'];
      const found = texts.map((column) => `position(lower(:text) IN lower(${column})) > 0`);
      query.andWhere(`(${found.join(' OR ')})`, { text: filter.text });
    }
    return await read(query);
  }

  /** The names in use, sorted. */
  async names(propertyId: string): Promise<string[]> {
    const rows: { name: string }[] = await this.database.query(
      'SELECT name FROM named_metrics WHERE property_id = $1 AND archived_at IS NULL ORDER BY name',
      [propertyId],
    );
    return rows.map(({ name }) => name);
  }

  /** The property's metrics in use that have one of the names. */
  async named(manager: EntityManager, propertyId: string, names: readonly string[]): Promise<VersionedMetric[]> {
    const query = of(manager, propertyId).andWhere('metric.name = ANY(:names) AND metric.archived_at IS NULL', {
      names: [...names],
    });
    return await read(query);
  }

  /**
   * Saves a new metric with its first version; to be called in a transaction. A taken name is PostgreSQL's unique
   * violation.
   */
  async insert(manager: EntityManager, propertyId: string, fields: NamedMetricFields): Promise<VersionedMetric> {
    const metric = manager.create(NamedMetricEntity, {
      id: typeid('met').toString(),
      propertyId,
      name: fields.name,
      version: 1,
      archivedAt: null,
    });
    await manager.insert(NamedMetricEntity, metric);
    return { metric, version: await insertVersion(manager, metric, fields) };
  }

  /**
   * Gives a metric, whose row the caller has locked, another version. Equal fields keep the version, so that a repeated
   * PUT changes nothing.
   */
  async change(
    manager: EntityManager,
    { metric, version: current }: VersionedMetric,
    fields: NamedMetricFields,
  ): Promise<VersionedMetric> {
    const isSameText = current.title === fields.title && current.description === fields.description;
    if (isSameText && measuresTheSame(current, fields)) return { metric, version: current };
    const changed = Object.assign(metric, { version: metric.version + 1 });
    await manager.update(NamedMetricEntity, { id: metric.id }, { version: changed.version });
    return { metric: changed, version: await insertVersion(manager, changed, fields) };
  }

  /**
   * Whether some property has a metric of its own by the id of a built-in. That is possible only where the metric is
   * older than the built-in, so the names are read once in the life of a process, and a request for a built-in needs no
   * query.
   */
  async hasOwn(builtInId: string): Promise<boolean> {
    this.ownBuiltInNames ??= this.readOwnBuiltInNames();
    return (await this.ownBuiltInNames).has(builtInId);
  }

  private async readOwnBuiltInNames(): Promise<ReadonlySet<string>> {
    try {
      const rows: { name: string }[] = await this.database.query(OWN_BUILT_IN_NAMES, [[...METRIC_IDS]]);
      return new Set(rows.map(({ name }) => name));
    } catch (error) {
      this.ownBuiltInNames = undefined;
      throw error;
    }
  }
}

function of(manager: EntityManager, propertyId: string): SelectQueryBuilder<NamedMetricEntity> {
  const current = 'version.metric_id = metric.id AND version.version = metric.version';
  return manager
    .createQueryBuilder(NamedMetricEntity, 'metric')
    .innerJoinAndMapOne('metric.current', NamedMetricVersionEntity, 'version', current)
    .where('metric.property_id = :propertyId', { propertyId });
}

async function read(query: SelectQueryBuilder<NamedMetricEntity>): Promise<VersionedMetric[]> {
  const found = (await query.getMany()) as (NamedMetricEntity & { current: NamedMetricVersionEntity })[];
  return found.map((metric) => ({ metric, version: metric.current }));
}

/** Whether a version measures what the fields say; title and description may differ. */
export function measuresTheSame(version: NamedMetricVersionEntity, fields: NamedMetricFields): boolean {
  const { builtIn, fixed, defaults } = version;
  const wanted = { builtIn: fields.definition.id, fixed: fields.fixed, defaults: fields.defaults };
  return isDeepStrictEqual({ builtIn, fixed, defaults }, wanted);
}

async function insertVersion(
  manager: EntityManager,
  { id, version }: NamedMetricEntity,
  { title, description, definition, fixed, defaults }: NamedMetricFields,
): Promise<NamedMetricVersionEntity> {
  const row = Object.assign(new NamedMetricVersionEntity(), {
    metricId: id,
    version,
    title,
    description,
    builtIn: definition.id,
    fixed,
    defaults,
    form: STORED_FORMS.named_metric,
  });
  // Typed as an object, since TypeORM's type of a partial row cannot hold JSON of any depth. Fills in when it was made.
  await manager.insert(NamedMetricVersionEntity, row as object);
  return row;
}
