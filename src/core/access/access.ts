import { NO_GRANTS, grantSet, grantsOfBoth, type Grant, type GrantSet, type Module } from './grants.js';
import { GRANTS_OF, type Role } from './roles.js';

/** What somebody may do in one account. */
export interface Access {
  /** Whether it may make and unmake owners, and delete the account. */
  readonly isOwner: boolean;
  /** What holds for the account and in all its properties; null: it sees single properties alone. */
  readonly account: GrantSet | null;
  /** By the id of a property, what holds in it beside `account`. */
  readonly properties: ReadonlyMap<string, GrantSet>;
}

/** A role, or grants in its place. */
export interface Granted {
  readonly role: Role | null;
  readonly grants: readonly Grant[] | null;
}

/** A role or grants in one property. */
export interface GrantedInProperty extends Granted {
  readonly property: string;
}

/** Modules that belong to the account as a whole: in a single property a grant of them means nothing. */
const OF_ACCOUNT: ReadonlySet<Module> = new Set(['members', 'keys', 'account']);

export function grantsOf({ role, grants }: Granted): GrantSet {
  return role === null ? grantSet(grants ?? []) : GRANTS_OF[role];
}

/** The access by a role or grants, in all properties (`propertyIds` null) or in these. */
export function accessTo(granted: Granted, propertyIds: readonly string[] | null): Access {
  const grants = grantsOf(granted);
  if (propertyIds === null) return { isOwner: granted.role === 'owner', account: grants, properties: new Map() };
  const inside = new Set([...grants].filter((grant) => !OF_ACCOUNT.has(moduleOf(grant))));
  return { isOwner: false, account: null, properties: new Map(propertyIds.map((id) => [id, inside])) };
}

/** The access of a member: by a role or grants for the account, and by those in single properties beside it. */
export function accessOfMember(granted: Granted, properties: readonly GrantedInProperty[]): Access {
  const { role, grants } = granted;
  const account = role === null && grants === null ? null : grantsOf(granted);
  const inside = properties.flatMap((one) => [...accessTo(one, [one.property]).properties]);
  const byProperty = new Map<string, GrantSet>();
  for (const [id, own] of inside) byProperty.set(id, grantsOfBoth(byProperty.get(id) ?? null, own));
  return { isOwner: role === 'owner', account, properties: byProperty };
}

/** What holds in a property; null: it is not seen. */
export function grantsIn({ account, properties }: Access, propertyId: string): GrantSet | null {
  const own = properties.get(propertyId);
  if (own === undefined) return account;
  return account === null ? own : grantsOfBoth(account, own);
}

/** What holds in the account or in any of the properties. */
export function grantsSomewhere({ account, properties }: Access): GrantSet {
  return [...properties.values()].reduce(grantsOfBoth, account ?? NO_GRANTS);
}

/** The ids of the properties in which the grant holds; null: in all. */
export function propertiesWith({ account, properties }: Access, grant: Grant): readonly string[] | null {
  if (account?.has(grant)) return null;
  return [...properties].filter(([, grants]) => grants.has(grant)).map(([id]) => id);
}

/** The first of the grants that does not hold; null: all hold. */
export function missingOf(held: GrantSet, needed: readonly Grant[]): Grant | null {
  return needed.find((grant) => !held.has(grant)) ?? null;
}

/**
 * What `other` holds and `access` does not: nobody gives, or takes over, more than he has. Null: nothing; `owner`: that
 * it is an owner.
 */
export function lackOf(access: Access, other: Access): Grant | 'owner' | null {
  if (other.isOwner && !access.isOwner) return 'owner';
  const ofAccount = missingOf(access.account ?? NO_GRANTS, [...(other.account ?? [])]);
  const ofProperties = [...other.properties].map(([id, grants]) =>
    missingOf(grantsIn(access, id) ?? NO_GRANTS, [...grants]),
  );
  return [ofAccount, ...ofProperties].find((lack) => lack !== null) ?? null;
}

function moduleOf(grant: Grant): Module {
  return grant.slice(0, grant.indexOf(':')) as Module;
}
