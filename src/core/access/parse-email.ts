import { invalid } from '../failure.js';
import { quoted } from '../json-shape.js';

const ADDRESS =
  /^[^\s@<>()[\]\\,;:"\p{C}]{1,64}@[a-z0-9](?:[a-z0-9-]*[a-z0-9])?(?:\.[a-z0-9](?:[a-z0-9-]*[a-z0-9])?)+$/u;

/**
 * An e-mail address, in lower case: two that differ in case are one person's.
 * @throws Failure invalid_field
 */
export function parseEmail(value: unknown, pointer: string): string {
  const email = typeof value === 'string' ? value.trim().toLowerCase() : '';
  if (email.length <= 254 && ADDRESS.test(email)) return email;
  throw invalid('invalid_field', pointer, `An address is such as "ann@example.org", not ${quoted(value)}.`);
}
