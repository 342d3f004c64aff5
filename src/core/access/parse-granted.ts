import { invalid } from '../failure.js';
import { isGiven, type JsonObject } from '../json-shape.js';
import type { Granted } from './access.js';
import { parseGrants } from './grants.js';
import { parseRole } from './roles.js';

/**
 * `role`, or `grants` in its place, of a body; null: it has neither.
 * @throws Failure invalid_field
 */
export function parseGranted(body: JsonObject, pointer = ''): Granted | null {
  const { role, grants } = body;
  if (isGiven(role) && isGiven(grants)) {
    throw invalid(
      'invalid_field',
      `${pointer}/grants`,
      'Give `role` or `grants`: the grants stand in place of a role.',
    );
  }
  if (isGiven(role)) return { role: parseRole(role, `${pointer}/role`), grants: null };
  if (isGiven(grants)) return { role: null, grants: parseGrants(grants, `${pointer}/grants`) };
  return null;
}
