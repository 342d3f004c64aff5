import type { EntityManager } from 'typeorm';
import { lacking } from '../../access/authorization.js';
import type { Principal } from '../../access/principal.js';
import { accessOfMember, lackOf } from '../../core/access/access.js';
import type { Grant } from '../../core/access/grants.js';
import type { GrantedInProperty } from '../../core/access/access.js';
import type { MemberGrants } from '../../core/access/parse-member.js';
import type { Role } from '../../core/access/roles.js';
import { Failure } from '../../core/failure.js';
import { propertyIdsOf } from '../property-ids.js';

/** What is granted, as the rows of members and invitations hold it. */
export interface GrantedColumns {
  readonly role: Role | null;
  readonly grants: readonly Grant[] | null;
  readonly properties: readonly GrantedInProperty[];
}

const TOO_MUCH = 'Nobody gives, changes or takes away more than he has himself.';

export function grantedColumns({ role, grants, properties }: GrantedColumns) {
  return { role, grants: grants && [...grants], properties };
}

/** Ids in place of slugs. @throws Failure invalid_field for a property that the account does not have */
export async function settleProperties(
  manager: EntityManager,
  accountId: string,
  { granted, properties }: MemberGrants,
): Promise<GrantedColumns> {
  const named = properties.map(({ property }) => property);
  const ids = await propertyIdsOf(manager, accountId, named, (i) => `/properties/${i}/property`);
  const settled = properties.map((one, i) => ({ ...one, property: ids[i] ?? one.property }));
  return { role: granted?.role ?? null, grants: granted?.grants ?? null, properties: settled };
}

/** @throws Failure forbidden */
export function refuseMoreForMember({ access }: Principal, { role, grants, properties }: GrantedColumns): void {
  const lack = lackOf(access, accessOfMember({ role, grants }, properties));
  if (lack === null) return;
  if (lack !== 'owner') throw lacking(lack, TOO_MUCH);
  throw new Failure('forbidden', `Owners are made and unmade by owners. ${TOO_MUCH}`);
}
