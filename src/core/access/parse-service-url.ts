import { invalid } from '../failure.js';
import { quoted } from '../json-shape.js';

const LONGEST = 500;

/**
 * The URL of a service that is called, as it was written: issuers are compared as texts. `what` names it in the message.
 * @throws Failure invalid_field
 */
export function parseServiceUrl(value: unknown, pointer: string, what: string): string {
  if (typeof value === 'string' && value.length <= LONGEST && isService(value)) return value;
  const right = `${what} is a URL of https, without a user, query or fragment (http only in a private network that is allowed)`;
  throw invalid('invalid_field', pointer, `${right}; ${quoted(value)} is none.`);
}

function isService(text: string): boolean {
  if (!/^https?:\/\/[\x21-\x7e]+$/.test(text) || /[?#\\]/.test(text) || !URL.canParse(text)) return false;
  const { username, password, hostname } = new URL(text);
  return username === '' && password === '' && hostname !== '';
}
