import { randomUUID } from 'node:crypto';
import type { IncomingMessage } from 'node:http';

/** Safe in a log line and in a header. */
const ACCEPTED = /^[\w.:+/=-]{1,128}$/;

/** The caller's `X-Request-Id` where it is harmless, else a new one. Log lines, the answer's header and problems carry it. */
export function requestIdOf(request: IncomingMessage): string {
  const given = request.headers['x-request-id'];
  return typeof given === 'string' && ACCEPTED.test(given) ? given : newRequestId();
}

export function newRequestId(): string {
  return randomUUID();
}
