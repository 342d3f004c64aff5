import type { EntityManager } from 'typeorm';
import { typeid } from 'typeid-js';
import { IngestCounterEntity } from './ledger/ingest-counter.entity.js';
import { PropertyEntity } from './property.entity.js';

export type NewProperty = Pick<PropertyEntity, 'slug' | 'name'> &
  Partial<Pick<PropertyEntity, 'timeZone' | 'weekStart'>>;

/**
 * Saves a property with its ingest counter, without which it could take no data; to be called in a transaction. A taken
 * slug is PostgreSQL's unique violation.
 */
export async function createProperty(
  manager: EntityManager,
  accountId: string,
  fields: NewProperty,
): Promise<PropertyEntity> {
  const property = manager.create(PropertyEntity, { ...fields, id: typeid('prop').toString(), accountId });
  await manager.insert(PropertyEntity, property);
  await manager.insert(IngestCounterEntity, { propertyId: property.id });
  return property;
}
