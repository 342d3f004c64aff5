import { createHash, timingSafeEqual } from 'node:crypto';
import type { IncomingMessage } from 'node:http';
import { isIP } from 'node:net';
import { LocalFailure } from './local-failure.js';

const HOST = /^(?:\[([\da-f:.]+)\]|([^:[\]]+))(?::\d{1,5})?$/i;
const SCHEME = /^bearer +/i;
/** Headers that browsers alone send, and that no page can leave out. */
const OF_BROWSERS = ['origin', 'sec-fetch-site'] as const;

/**
 * Refuses whoever does not know the token, and every page of a browser. A name in `Host` that is not `localhost` is one
 * that somebody has let point to this machine (DNS rebinding): an address cannot be made to.
 * @throws LocalFailure misdirected_request, forbidden, unauthenticated
 */
export function requireProgram(request: IncomingMessage, token: string): void {
  const { host, authorization } = request.headers;
  if (!isAddress(host))
    throw new LocalFailure('misdirected_request', 'Call by 127.0.0.1, another address, or localhost.');
  if (OF_BROWSERS.some((name) => request.headers[name] !== undefined))
    throw new LocalFailure('forbidden', 'Pages of browsers may not call.');
  if (authorization === undefined || !SCHEME.test(authorization) || !isSame(authorization.replace(SCHEME, ''), token))
    throw new LocalFailure('unauthenticated', 'Send "Authorization: Bearer" with the token of the file.', [], {
      'www-authenticate': 'Bearer realm="muster-app-tracker"',
    });
}

function isAddress(host = ''): boolean {
  const [, v6, name = ''] = HOST.exec(host) ?? [];
  return v6 === undefined ? name.toLowerCase() === 'localhost' || isIP(name) === 4 : isIP(v6) === 6;
}

/** In a time that does not depend on where they differ. */
function isSame(given: string, wanted: string): boolean {
  const digest = (text: string): Buffer => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(wanted));
}
