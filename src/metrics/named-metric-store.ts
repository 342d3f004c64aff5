import { Injectable } from '@nestjs/common';
import { DataSource, type EntityManager, type SelectQueryBuilder } from 'typeorm';
import { NamedMetricVersionEntity } from './named-metric-version.entity.js';
import { NamedMetricEntity } from './named-metric.entity.js';

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

/** Reads named metrics together with their current versions. */
@Injectable()
export class NamedMetricStore {
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
