import type { Grant } from '../../core/access/grants.js';
import type { ProblemResponse } from './api-problems.js';
import { PROBLEM_MEDIA_TYPE } from './problem.js';

/** Where the need of a route waits until buildOpenApi tells it. */
export const NEED_EXTENSION = 'x-need';

/** What `Needs` and its kind declare (src/access). */
export interface DeclaredNeed {
  readonly grants: readonly Grant[];
  readonly where: 'property' | 'account' | 'somewhere';
}

const PLACES: Readonly<Record<DeclaredNeed['where'], string>> = {
  property: 'in the property',
  account: 'for the account',
  somewhere: 'for the account or in one of its properties',
};

/** What tells the grants of an operation; nothing where the route declares none, and so is closed. */
export function grantsOfOperation(need: DeclaredNeed | undefined): { 'x-grants'?: readonly Grant[] } {
  return need === undefined ? {} : { 'x-grants': need.grants };
}

/** The 403 of an operation: which grants it needs, and where. */
export function forbiddenResponse(need: DeclaredNeed | undefined): Record<string, ProblemResponse> {
  if (need === undefined) return {};
  const grants = need.grants.map((grant) => `\`${grant}\``).join(' and ');
  const description = `\`forbidden\`: the caller lacks a grant. It needs ${grants} ${PLACES[need.where]}.`;
  return {
    403: { description, content: { [PROBLEM_MEDIA_TYPE]: { schema: { $ref: '#/components/schemas/Problem' } } } },
  };
}
