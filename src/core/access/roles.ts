import { invalid } from '../failure.js';
import { listed, quoted } from '../json-shape.js';
import { GRANTS, grantSet, type Grant, type GrantSet, type Module } from './grants.js';

/** A named set of grants. An owner also makes and unmakes owners, and deletes the account. */
export const ROLES = ['owner', 'admin', 'analyst', 'viewer', 'collector'] as const;

export type Role = (typeof ROLES)[number];

const SEEN_BY_VIEWERS: readonly Module[] = ['cohorts', 'metrics', 'requests', 'usage', 'property'];

/** What each role may do. */
export const GRANTS_OF: Readonly<Record<Role, GrantSet>> = {
  owner: grantSet(GRANTS),
  admin: grantSet(GRANTS),
  analyst: grantSet([
    ...reading([...SEEN_BY_VIEWERS, 'events', 'users', 'people']),
    'cohorts:write',
    'metrics:write',
    'requests:write',
  ]),
  viewer: grantSet(reading(SEEN_BY_VIEWERS)),
  collector: grantSet(['events:write', 'users:write', 'usage:write']),
};

function reading(modules: readonly Module[]): Grant[] {
  return modules.map((module): Grant => `${module}:read`);
}

/** @throws Failure invalid_field */
export function parseRole(value: unknown, pointer: string): Role {
  const role = ROLES.find((name) => name === value);
  if (role === undefined) {
    throw invalid('invalid_field', pointer, `\`role\` is one of ${listed(ROLES)}, not ${quoted(value)}.`);
  }
  return role;
}
