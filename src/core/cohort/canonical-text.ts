import { canonicalize } from 'json-canonicalize';

/** RFC 8785. Of a copy: json-canonicalize takes an object that stands in two places for a circle when one path begins with the other. */
export function canonicalText(value: object): string {
  return canonicalize(JSON.parse(JSON.stringify(value)));
}
