import type { FastifyRequest } from 'fastify';
import { grantsIn, grantsSomewhere, missingOf } from '../core/access/access.js';
import { NO_GRANTS, type Grant, type GrantSet } from '../core/access/grants.js';
import { namesUsers } from '../core/access/without-people.js';
import { Failure } from '../core/failure.js';
import { principalOf } from './current-principal.js';
import { hasSession } from './current-session.js';
import type { Need } from './needs.js';
import type { Principal } from './principal.js';

const UNKNOWN_PROPERTY = 'There is no such property. GET /v1/properties lists those that you see.';

/**
 * Refuses a caller of a route under /v1 without what the route needs. A property that he does not see is as unknown as
 * one that does not exist.
 *
 * @throws Failure not_found, forbidden
 */
export function authorize(request: FastifyRequest): void {
  if (request.is404) return;
  const { need } = request.routeOptions.config;
  const { property: named } = request.params as { property?: string };
  if (named !== undefined && heldIn(request) === null) throw new Failure('not_found', UNKNOWN_PROPERTY);
  if (need === undefined) throw new Failure('forbidden', 'The route declares no grant, so it is closed to everybody.');
  if (need.where === 'session' && !hasSession(principalOf(request))) {
    throw new Failure('forbidden', 'The route is for who has signed in: POST /v1/session.');
  }
  const missing = missingOf(heldFor(request, need), need.grants);
  if (missing !== null) throw lacking(missing);
}

/**
 * Refuses to write to a property that was put away. Requests are answered as before.
 * @throws Failure property_archived
 */
export function refuseArchived({ property, routeOptions: { config } }: FastifyRequest): void {
  if (property === undefined || property.archivedAt === null || config.whileArchived === true) return;
  if (!config.need?.grants.some((grant) => grant.endsWith(':write') && grant !== 'requests:write')) return;
  const detail = `The property "${property.slug}" was put away: it can be read, and nothing is written to it. POST .../restore takes it back.`;
  throw new Failure('property_archived', detail);
}

/** What the caller holds in the property of the path: for what a route shows or does beyond its need. */
export function grantsHere(request: FastifyRequest): GrantSet {
  return heldIn(request) ?? NO_GRANTS;
}

/**
 * Refuses a cohort that names single users from who may not see them: its size and its values would be theirs.
 * @throws Failure forbidden
 */
export function refuseNamedUsers(grants: GrantSet, cohort: unknown): void {
  if (grants.has('people:read') || !namesUsers(cohort)) return;
  throw lacking('people:read', 'A cohort that names users one by one needs it.');
}

/** The refusal of who lacks a grant. */
export function lacking(grant: Grant, why = ''): Failure {
  const detail = `The caller lacks the grant \`${grant}\`.${why === '' ? '' : ` ${why}`}`;
  return new Failure('forbidden', detail, [], { missing_grant: grant });
}

function heldFor(request: FastifyRequest, { where }: Need): GrantSet {
  const { access }: Principal = principalOf(request);
  if (where === 'property') return heldIn(request) ?? NO_GRANTS;
  return (where === 'account' ? access.account : grantsSomewhere(access)) ?? NO_GRANTS;
}

/** Null: there is no such property, or the caller does not see it. */
function heldIn(request: FastifyRequest): GrantSet | null {
  return request.property === undefined ? null : grantsIn(principalOf(request).access, request.property.id);
}
