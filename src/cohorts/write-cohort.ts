import type { EntityManager } from 'typeorm';
import { typeid } from 'typeid-js';
import type { SavedDefinition } from '../core/cohort/definition.js';
import { definitionHash } from '../core/cohort/definition-hash.js';
import { STORED_FORMS } from '../core/stored/stored-form.js';
import { refuseOtherVersion } from '../platform/http/entity-tags.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { CohortVersionEntity, type CohortKind } from './cohort-version.entity.js';
import { CohortEntity } from './cohort.entity.js';
import { requireFound } from './require-found.js';

/** What a new version is made of: a list that is stored in the engine, or a definition. */
export type VersionContent =
  | { readonly kind: 'static'; readonly setHash: string; readonly size: number }
  | { readonly kind: Exclude<CohortKind, 'static'>; readonly definition: SavedDefinition };

/** What people call a cohort. */
export interface CohortLabels {
  readonly name: string;
  readonly description: string;
  readonly tags: readonly string[];
}

export interface CurrentCohort {
  readonly cohort: CohortEntity;
  readonly current: CohortVersionEntity;
}

/** Saves a new cohort with its first version; to be called in a transaction. A taken name is PostgreSQL's unique violation. */
export async function insertCohort(
  manager: EntityManager,
  property: PropertyEntity,
  { name, description, tags }: CohortLabels,
  content: VersionContent,
): Promise<CurrentCohort> {
  const id = typeid('coh').toString();
  const cohort = manager.create(CohortEntity, {
    id,
    propertyId: property.id,
    name,
    description,
    tags: [...tags],
    version: 1,
    archivedAt: null,
  });
  await manager.insert(CohortEntity, cohort);
  return { cohort, current: await insertVersion(manager, cohort, content) };
}

/**
 * Puts what is given in place of the old, and makes a version of another content; to be called in a transaction. The row is locked, so that versions are numbered
 * without a gap.
 */
export async function replaceCohort(
  manager: EntityManager,
  { cohort, current }: CurrentCohort,
  { name, description, tags }: CohortLabels,
  content: VersionContent,
): Promise<CurrentCohort> {
  const isNewVersion = !isContentOf(current, content);
  const version = cohort.version + Number(isNewVersion);
  const changed = Object.assign(cohort, { name, description, tags: [...tags], version });
  const replaced = await manager.save(changed);
  return { cohort: replaced, current: isNewVersion ? await insertVersion(manager, replaced, content) : current };
}

/**
 * A cohort whose row is locked until the transaction ends.
 * @throws Failure not_found; precondition_failed where `ifMatch` names another state of it
 */
export async function lockCohort(
  manager: EntityManager,
  id: string,
  ifMatch: string | undefined,
): Promise<CurrentCohort> {
  const cohort = requireFound(
    await manager.findOne(CohortEntity, { where: { id }, lock: { mode: 'pessimistic_write' } }),
  );
  refuseOtherVersion(ifMatch, cohort.revision);
  const key = { cohortId: id, version: cohort.version };
  return { cohort, current: requireFound(await manager.findOneBy(CohortVersionEntity, key)) };
}

function isContentOf(current: CohortVersionEntity, content: VersionContent): boolean {
  if (current.kind !== content.kind) return false;
  if (content.kind === 'static') return current.setHash === content.setHash;
  // What cannot be read is replaced.
  return (
    current.form === STORED_FORMS.definition &&
    definitionHash(current.definition as SavedDefinition) === definitionHash(content.definition)
  );
}

async function insertVersion(
  manager: EntityManager,
  { id, version }: CohortEntity,
  content: VersionContent,
): Promise<CohortVersionEntity> {
  const isStatic = content.kind === 'static';
  const row = manager.create(CohortVersionEntity, {
    cohortId: id,
    version,
    kind: content.kind,
    setHash: isStatic ? content.setHash : null,
    size: isStatic ? content.size : null,
    definition: isStatic ? null : content.definition,
    form: STORED_FORMS.definition,
  });
  await manager.insert(CohortVersionEntity, row);
  return row;
}
