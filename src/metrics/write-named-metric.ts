import { isDeepStrictEqual } from 'node:util';
import { typeid } from 'typeid-js';
import type { EntityManager } from 'typeorm';
import { STORED_FORMS } from '../core/stored/stored-form.js';
import type { NamedMetricFields } from '../core/metric/named/named-metric.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import type { VersionedMetric } from './named-metric-store.js';
import { NamedMetricVersionEntity } from './named-metric-version.entity.js';
import { NamedMetricEntity } from './named-metric.entity.js';

/** Saves a new metric with its first version; to be called in a transaction. A taken name is PostgreSQL's unique violation. */
export async function insertMetric(
  manager: EntityManager,
  property: PropertyEntity,
  fields: NamedMetricFields,
): Promise<VersionedMetric> {
  const metric = manager.create(NamedMetricEntity, {
    id: typeid('met').toString(),
    propertyId: property.id,
    name: fields.name,
    version: 1,
    archivedAt: null,
  });
  await manager.insert(NamedMetricEntity, metric);
  return { metric, version: await insertVersion(manager, metric, fields) };
}

/** Gives a metric, whose row the caller has locked, another version; what is as it was keeps its version, so that a repeated PUT changes nothing. */
export async function changeMetric(
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
