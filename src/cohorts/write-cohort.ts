import type { EntityManager } from 'typeorm';
import { typeid } from 'typeid-js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { CohortVersionEntity } from './cohort-version.entity.js';
import { toCohortDto, type CohortDto } from './cohort.dto.js';
import { CohortEntity } from './cohort.entity.js';
import { existing } from './existing.js';
import type { SavedMemberSet } from './member-sets.service.js';
import type { CohortFields } from './parse-cohort-body.js';

/** Saves a new cohort with its first version; to be called in a transaction. A taken name is PostgreSQL's unique violation. */
export async function insertCohort(
  manager: EntityManager,
  property: PropertyEntity,
  { name, tags }: CohortFields,
  set: SavedMemberSet,
): Promise<CohortDto> {
  const id = typeid('coh').toString();
  const cohort = manager.create(CohortEntity, { id, propertyId: property.id, name, tags: [...tags], version: 1 });
  await manager.insert(CohortEntity, cohort);
  return toCohortDto(cohort, await insertVersion(manager, cohort, set));
}

/** Puts the fields in place of the old ones; to be called in a transaction. The row is locked, so that versions are numbered without a gap. */
export async function replaceCohort(
  manager: EntityManager,
  id: string,
  { name, tags }: CohortFields,
  set: SavedMemberSet,
): Promise<CohortDto> {
  const cohort = existing(await manager.findOne(CohortEntity, { where: { id }, lock: { mode: 'pessimistic_write' } }));
  const current = existing(await manager.findOneBy(CohortVersionEntity, { cohortId: id, version: cohort.version }));
  const isNewVersion = current.setHash !== set.setHash;
  const version = cohort.version + Number(isNewVersion);
  const replaced = await manager.save(Object.assign(cohort, { name, tags: [...tags], version }));
  return toCohortDto(replaced, isNewVersion ? await insertVersion(manager, replaced, set) : current);
}

async function insertVersion(
  manager: EntityManager,
  { id, version }: CohortEntity,
  { setHash, size }: SavedMemberSet,
): Promise<CohortVersionEntity> {
  const row = manager.create(CohortVersionEntity, { cohortId: id, version, setHash, size });
  await manager.insert(CohortVersionEntity, row);
  return row;
}
