import { invalid, pointerTo } from '../failure.js';
import { listed, quoted } from '../json-shape.js';

/**
 * What a grant is about. `people` is every single user's data: values user by user, members of cohorts, profiles, and
 * exports of them; the others are about aggregates and definitions.
 */
export const MODULES = [
  'events',
  'users',
  'cohorts',
  'metrics',
  'requests',
  'people',
  'usage',
  'property',
  'members',
  'keys',
  'account',
] as const;

export type Module = (typeof MODULES)[number];
export type Grant = `${Module}:${'read' | 'write'}`;

/** All that can be granted, as it is written: `cohorts:read`. */
export const GRANTS: readonly Grant[] = MODULES.flatMap((module): Grant[] => [`${module}:read`, `${module}:write`]);

/** Grants that hold; beside each `write` stands its `read`. */
export type GrantSet = ReadonlySet<Grant>;

export const NO_GRANTS: GrantSet = new Set();

/** The grants, and what they include. */
export function grantSet(grants: Iterable<Grant>): GrantSet {
  const held = [...grants];
  return new Set([...held, ...held.map((grant) => grant.replace(/:write$/, ':read') as Grant)]);
}

/** The grants of either. */
export function grantsOfBoth(one: GrantSet | null, other: GrantSet | null): GrantSet {
  if (one === null || other === null) return one ?? other ?? NO_GRANTS;
  return new Set([...one, ...other]);
}

/**
 * A list of grants of a body, distinct and in the order of GRANTS.
 * @throws Failure invalid_field
 */
export function parseGrants(value: unknown, pointer: string): Grant[] {
  const known: readonly unknown[] = GRANTS;
  if (!Array.isArray(value) || value.length === 0) {
    throw invalid('invalid_field', pointer, `\`grants\` is a list such as ["cohorts:read"], not ${quoted(value)}.`);
  }
  const wrong = value.findIndex((grant) => !known.includes(grant));
  if (wrong >= 0) {
    const right = `A grant is \`read\` or \`write\` of ${listed(MODULES)}, as in \`cohorts:read\``;
    throw invalid('invalid_field', pointerTo(pointer, wrong), `${right}; ${quoted(value[wrong])} is none.`);
  }
  return GRANTS.filter((grant) => value.includes(grant));
}
