import { invalid, pointerTo } from '../failure.js';
import { isGiven, isObject, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { parseText } from '../text.js';
import type { Granted, GrantedInProperty } from './access.js';
import { parseGranted } from './parse-granted.js';

/** What a member may do: for the account (null: nothing), and in single properties beside it. */
export interface MemberGrants {
  readonly granted: Granted | null;
  readonly properties: readonly GrantedInProperty[];
}

export const GRANT_FIELDS = ['role', 'grants', 'properties'] as const;
const MAX_PROPERTIES = 100;

/**
 * `role` or `grants`, and `properties`, of which a body has at least one.
 * @throws Failure invalid_field, unknown_field
 */
export function parseMemberGrants(body: JsonObject): MemberGrants {
  const granted = parseGranted(body);
  const properties = isGiven(body['properties']) ? parseProperties(body['properties']) : [];
  if (granted !== null || properties.length > 0) return { granted, properties };
  throw invalid('invalid_field', '/role', 'A member needs a `role`, or `grants`, or a role in one of `properties`.');
}

function parseProperties(value: unknown): GrantedInProperty[] {
  if (!Array.isArray(value) || value.length > MAX_PROPERTIES) {
    const right = `\`properties\` is a list such as [{"property": "shop", "role": "viewer"}], of ${MAX_PROPERTIES} at most`;
    throw invalid('invalid_field', '/properties', `${right}, not ${quoted(value)}.`);
  }
  return value.map((item: unknown, i) => parseInProperty(item, pointerTo('/properties', i)));
}

function parseInProperty(value: unknown, pointer: string): GrantedInProperty {
  if (!isObject(value))
    throw invalid('invalid_field', pointer, `A role in a property is an object, not ${quoted(value)}.`);
  refuseUnknownKeys(value, ['property', 'role', 'grants'], pointer, 'A role in a property');
  const property = parseText(
    value['property'],
    { min: 1, max: 100 },
    `${pointer}/property`,
    'Id or slug of a property',
  );
  const granted = parseGranted(value, pointer);
  if (granted === null) throw invalid('invalid_field', `${pointer}/role`, 'A property needs a `role`, or `grants`.');
  return { property, ...granted };
}
