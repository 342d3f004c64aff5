import type { Grant } from '../../core/access/grants.js';
import type { ProblemResponse } from './api-problems.js';
import { PROBLEM_MEDIA_TYPE } from './problem.js';

/** Where the need of a route waits until buildOpenApi tells it. */
export const NEED_EXTENSION = 'x-need';

/** What `Needs` and its kind declare (src/access). */
export interface DeclaredNeed {
  readonly grants: readonly Grant[];
  readonly where: 'property' | 'account' | 'somewhere' | 'session' | 'page' | 'nobody';
}

const PLACES = {
  property: 'in the property',
  account: 'for the account',
  somewhere: 'for the account or in one of its properties',
} as const;

/** What tells the grants of an operation; nothing where the route declares none. */
export function grantsOfOperation(need: DeclaredNeed | undefined): { 'x-grants'?: readonly Grant[] } {
  return need === undefined || need.grants.length === 0 ? {} : { 'x-grants': need.grants };
}

/** By what the caller of an operation is known. A public key stands in the body or in the query. */
export function securityOf(need: DeclaredNeed | undefined): Record<string, string[]>[] {
  if (need?.where === 'nobody') return [];
  if (need?.where === 'page') return [{ public_key: [] }];
  return need?.where === 'session' ? [{ session: [] }] : [{ api_key: [] }, { session: [] }];
}

/** The 403 of an operation: which grants it needs, and where. */
export function forbiddenResponse(need: DeclaredNeed | undefined): Record<string, ProblemResponse> {
  if (need === undefined || need.where === 'nobody') return {};
  if (need.where === 'page') return problem403('`forbidden`: the origin is none of those of the public key.');
  const csrf = '`csrf`: another site may have made the call.';
  if (need.where === 'session') return problem403(`\`forbidden\`: the caller has not signed in. ${csrf}`);
  const grants = need.grants.map((grant) => `\`${grant}\``).join(' and ');
  return problem403(`${csrf} \`forbidden\`: the caller lacks a grant. It needs ${grants} ${PLACES[need.where]}.`);
}

function problem403(description: string): Record<string, ProblemResponse> {
  return {
    403: { description, content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } } },
  };
}
