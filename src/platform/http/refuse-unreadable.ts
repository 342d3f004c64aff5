import { randomUUID } from 'node:crypto';
import { STATUS_CODES, type Server, type ServerResponse } from 'node:http';
import type { Socket } from 'node:net';
import type { ErrorCode } from '../../core/error-codes.js';
import { Failure } from '../../core/failure.js';
import { problemOf, PROBLEM_MEDIA_TYPE } from './problem.js';

/** Node's names of what may be wrong; everything else is `malformed_request`. */
const CODES: Readonly<Record<string, ErrorCode>> = {
  HPE_HEADER_OVERFLOW: 'headers_too_large',
  ERR_HTTP_REQUEST_TIMEOUT: 'request_timeout',
};

const DETAILS: Partial<Record<ErrorCode, string>> = {
  headers_too_large: 'Request line and headers together may have 16 KiB. Put what is long into the body.',
  request_timeout: 'The headers or the body came too slowly. Send the request again.',
  malformed_request: 'The bytes are not a request of HTTP/1.1 as RFC 9112 has it.',
};

/** The newest answer of each connection. */
const answers = new WeakMap<Socket, ServerResponse>();

/** Remembers which connection is being answered by what. */
export function watchAnswers(server: Server): void {
  server.on('request', (request, response) => answers.set(request.socket, response));
}

/**
 * Answers bytes that are no request, before any route or hook exists for them, as a problem. Nothing of them is
 * repeated.
 */
export function refuseUnreadable(error: NodeJS.ErrnoException, socket: Socket): void {
  if (!socket.writable || error.code === 'ECONNRESET' || hasBegun(socket)) {
    socket.destroy();
    return;
  }
  const code = CODES[error.code ?? ''] ?? 'malformed_request';
  const failure = new Failure(code, DETAILS[code]);
  const id = randomUUID();
  const body = JSON.stringify(problemOf(failure, id));
  const lines = [
    `HTTP/1.1 ${failure.status} ${STATUS_CODES[failure.status] ?? ''}`,
    'Connection: close',
    `Date: ${new Date().toUTCString()}`,
    `X-Request-Id: ${id}`,
    `Content-Type: ${PROBLEM_MEDIA_TYPE}; charset=utf-8`,
    `Content-Length: ${Buffer.byteLength(body)}`,
  ];
  socket.end(`${lines.join('\r\n')}\r\n\r\n${body}`);
}

/** Whether an answer is on its way over the connection: bytes of ours would stand in the middle of it. */
function hasBegun(socket: Socket): boolean {
  const answer = answers.get(socket);
  return answer !== undefined && answer.headersSent && !answer.writableEnded;
}
