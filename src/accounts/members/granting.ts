import { In, type EntityManager } from 'typeorm';
import { lacking } from '../../access/authorization.js';
import type { Principal } from '../../access/principal.js';
import { accessOfMember, lackOf } from '../../core/access/access.js';
import type { Grant } from '../../core/access/grants.js';
import type { GrantedInProperty } from '../../core/access/access.js';
import type { MemberGrants } from '../../core/access/parse-member.js';
import type { Role } from '../../core/access/roles.js';
import { Failure, invalid } from '../../core/failure.js';
import { quoted } from '../../core/json-shape.js';
import { PropertyEntity } from '../../properties/property.entity.js';

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
  const named = In(properties.map(({ property }) => property));
  const known =
    properties.length === 0
      ? []
      : await manager.find(PropertyEntity, {
          where: [
            { accountId, id: named },
            { accountId, slug: named },
          ],
        });
  const settled = properties.map((one, i) => {
    const found = known.find(({ id, slug }) => id === one.property || slug === one.property);
    if (found !== undefined) return { ...one, property: found.id };
    throw invalid('invalid_field', `/properties/${i}/property`, `There is no property ${quoted(one.property)}.`);
  });
  return { role: granted?.role ?? null, grants: granted?.grants ?? null, properties: settled };
}

/** @throws Failure forbidden */
export function refuseMoreForMember({ access }: Principal, { role, grants, properties }: GrantedColumns): void {
  const lack = lackOf(access, accessOfMember({ role, grants }, properties));
  if (lack === null) return;
  if (lack !== 'owner') throw lacking(lack, TOO_MUCH);
  throw new Failure('forbidden', `Owners are made and unmade by owners. ${TOO_MUCH}`);
}
