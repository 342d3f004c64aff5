import { invalidParameter } from '../failure.js';

const LONGEST = 2000;
const HERE = 'http://muster.invalid';

/**
 * Where a browser goes after a sign-in: a path of this server, and never another place.
 * @throws Failure invalid_parameter
 */
export function parseReturnPath(value: string): string {
  if (value.length <= LONGEST && isLocal(value)) return value;
  throw invalidParameter('return_to', '`return_to` is a path of this server, such as /docs.');
}

/** `//host`, `/\host` and what browsers make of white space in between would lead elsewhere. */
function isLocal(path: string): boolean {
  if (!/^\/(?![/\\])[\x21-\x5b\x5d-\x7e]*$/.test(path) || !URL.canParse(path, HERE)) return false;
  const url = new URL(path, HERE);
  return url.origin === HERE && !url.pathname.startsWith('//');
}
