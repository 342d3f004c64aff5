import type { IncomingMessage } from 'node:http';
import type { FastifyBaseLogger, FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../../core/failure.js';
import type { Config, Role } from '../config/config.js';
import type { Phase } from '../health/readiness.js';
import { openToPages } from './open-to-pages.js';
import { linkNextPage } from './page.js';
import { securityHeaders, type SecurityHeaders } from './security-headers.js';

/**
 * How long a refused body is still read and thrown away, so that its sender gets to see the answer before the
 * connection closes.
 */
const DRAIN_MS = 10_000;

/** What every process answers; a worker answers nothing else. */
const PROCESS_ROUTES: ReadonlySet<string | undefined> = new Set(['/livez', '/readyz', '/metrics']);

/**
 * Adds what holds for every request: before authentication the request id, the process's role and phase, the path's
 * sanity; afterwards links to next pages, one log line, draining.
 */
export function addEdgeHooks(
  fastify: FastifyInstance,
  { role, tls }: Pick<Config, 'role' | 'tls'>,
  phase: () => Phase,
  noRoom: () => Promise<Failure | null>,
): void {
  const secured = securityHeaders(tls !== undefined);
  // The line has no field that could be a secret, and to look for one costs more than to write it.
  const lines = fastify.log.child({}, { redact: [] });
  // Hooks with a callback: one with a promise would cost every answer a turn of the loop.
  fastify.addHook('onRequest', (request, reply, done) => {
    reply.header('x-request-id', request.id);
    reply.headers(secured[kindOf(request)]);
    openToPages(request, reply);
    const unclear = unclearLengthOf(request.raw);
    if (unclear !== undefined) return done(endsConnection(reply, unclear));
    const refusal = refusalOf(request, role, phase());
    if (refusal !== undefined || !isWriting(request)) return done(refusal);
    void goOnUnless(noRoom(), done);
  });
  fastify.addHook('preSerialization', (request, reply, answer, done) => {
    linkNextPage(request, reply, answer);
    done(null, answer);
  });
  fastify.addHook('onResponse', (request, reply, done) => {
    drain(request);
    log(lines, request, reply);
    done();
  });
}

async function goOnUnless(refused: Promise<Failure | null>, done: (error?: Error) => void): Promise<void> {
  done((await refused) ?? undefined);
}

/** The page of the documents, with what it loads. */
const PAGE = /^\/docs(\/|$)/;

function kindOf({ routeOptions: { url = '', config } }: FastifyRequest): keyof SecurityHeaders {
  if (config.isOfConsole === true) return 'console';
  return PAGE.test(url) ? 'page' : 'answers';
}

/** Routes, and paths that are none, with the id of a user: it may say who he is. */
const OF_USER = /\/users?\/./;

/** POSTs that write nothing, or look themselves whether they may. */
const READING_POSTS: readonly string[] = ['/requests', '/requests/canonical', '/cohorts/preview'];

/** Deleting goes on when the disk is full. */
function isWriting({ method, routeOptions: { url = '' } }: FastifyRequest): boolean {
  if (!url.startsWith('/v1/') || !['POST', 'PUT', 'PATCH'].includes(method)) return false;
  return !READING_POSTS.some((path) => url === `/v1/properties/:property${path}`);
}

/** Connections on which it is not clear any more where a request begins. */
const unclearConnections = new WeakSet<object>();

/**
 * What Node takes and a proxy before us may read in another way: a coding beside chunks that nobody here knows, and chunks
 * in HTTP/1.0 (RFC 9112, 6.1). What follows on the connection may be a part of that body, and is refused with it.
 */
function unclearLengthOf({ headers, httpVersion, socket }: IncomingMessage): Failure | undefined {
  const coding = headers['transfer-encoding'];
  if (coding !== undefined && (coding.toLowerCase() !== 'chunked' || httpVersion === '1.0')) {
    unclearConnections.add(socket);
  }
  if (!unclearConnections.has(socket)) return undefined;
  return new Failure('malformed_request', 'Send a body with its Content-Length, or in HTTP/1.1 chunked alone.');
}

function endsConnection(reply: FastifyReply, refusal: Failure): Failure {
  reply.header('connection', 'close');
  return refusal;
}

function refusalOf(request: FastifyRequest, role: Role, phase: Phase): Failure | undefined {
  const { raw, routeOptions } = request;
  if (raw.headers.host === undefined && raw.httpVersion === '1.1') {
    // RFC 9112, 3.2.
    return new Failure('malformed_request', 'The header Host is missing. Send it, as HTTP/1.1 requires.');
  }
  // Node keeps the first and drops the others; a proxy before us may have gone by the last.
  if (countOf(raw.rawHeaders, 'host') > 1) {
    return new Failure('malformed_request', 'There is more than one header Host. Send one.');
  }
  if (role === 'worker' && !PROCESS_ROUTES.has(routeOptions.url)) {
    const detail = `This process is a worker and answers ${[...PROCESS_ROUTES].join(', ')} alone: send this to an api process.`;
    return new Failure('not_found', detail);
  }
  if (phase === 'stopping' && !isHealthRoute(request)) {
    return new Failure('shutting_down', 'The process is shutting down. Try again in a moment.');
  }
  // PostgreSQL refuses NUL in any text: nothing stored has such a name.
  if (Object.values(request.params ?? {}).some((value) => String(value).includes('\0'))) {
    return new Failure('not_found', 'The path holds a NUL character, which no name has. Leave it out.');
  }
  return undefined;
}

/** How often a header is there. `rawHeaders` has names and values in turn. */
function countOf(rawHeaders: readonly string[], wanted: string): number {
  let count = 0;
  for (let i = 0; i < rawHeaders.length; i += 2) {
    if (rawHeaders[i]?.length === wanted.length && rawHeaders[i]?.toLowerCase() === wanted) count++;
  }
  return count;
}

function isHealthRoute({ routeOptions }: FastifyRequest): boolean {
  return routeOptions.url === '/livez' || routeOptions.url === '/readyz';
}

function drain({ raw }: FastifyRequest): void {
  if (raw.complete || raw.destroyed) {
    return;
  }
  raw.resume();
  setTimeout(() => raw.complete || raw.destroy(), DRAIN_MS).unref();
}

/**
 * The path without its query: the route's pattern and the status are what is counted, and ids are enough to find a
 * resource. A path with the id of a user is left out.
 */
function log(lines: FastifyBaseLogger, request: FastifyRequest, reply: FastifyReply): void {
  if (isHealthRoute(request)) {
    return;
  }
  const route = request.routeOptions.url;
  const whole = request.url.split('?', 1)[0] ?? '';
  const path = OF_USER.test(route ?? whole) ? undefined : whole;
  const ms = Math.round(reply.elapsedTime * 10) / 10;
  const { id, method } = request;
  const principal = request.principal?.id;
  lines.info({ request_id: id, method, path, route, principal, status: reply.statusCode, ms }, 'request');
}
