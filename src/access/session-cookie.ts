import { createHash, randomBytes } from 'node:crypto';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../core/failure.js';
import { isFromHere } from '../platform/http/from-here.js';
import { isSame } from '../platform/http/same-text.js';

const TOKEN_BYTES = 32;
const TOKEN = /^[\w-]{43}$/;
const NAME = 'muster_session';
/** By this prefix a browser takes a cookie from https alone, for this host and all its paths. */
const SECURE_PREFIX = '__Host-';
/** They change nothing. */
const SAFE: ReadonlySet<string> = new Set(['GET', 'HEAD', 'OPTIONS']);

/** 256 random bits, for a cookie or a link. */
export function newToken(): string {
  return randomBytes(TOKEN_BYTES).toString('base64url');
}

/** What a page sends back as `X-CSRF-Token`: it follows from the token, which no page can read. */
export function csrfTokenOf(token: string): string {
  return createHash('sha256').update(`csrf ${token}`).digest('base64url');
}

/** The token of the session cookie; null: there is none that could be one. */
export function sessionTokenOf(request: FastifyRequest): string | null {
  const token = request.cookies[cookieNameFor(request, NAME)];
  return token !== undefined && TOKEN.test(token) ? token : null;
}

/** Over plain http from elsewhere a cookie could be read on its way. @throws Failure forbidden */
export function refuseInsecure(request: FastifyRequest): void {
  if (isSecure(request) || isFromHere(request)) return;
  const detail =
    'Signing in needs https, except on this machine. Behind a proxy that speaks https name it in MUSTER_TRUSTED_PROXIES.';
  throw new Failure('forbidden', detail);
}

/**
 * A sign-in that another site has begun would make its user work in a stranger's account.
 * @throws Failure forbidden, csrf
 */
export function refuseUnsafeSignIn(request: FastifyRequest): void {
  refuseInsecure(request);
  const site = request.headers['sec-fetch-site'];
  if (site === undefined || site === 'same-origin' || site === 'none') return;
  throw new Failure('csrf', 'Another site may not sign anybody in.');
}

export function setSessionCookie(request: FastifyRequest, reply: FastifyReply, token: string, endsAt: Date): void {
  reply.setCookie(cookieNameFor(request, NAME), token, { ...cookieOptionsFor(request), expires: endsAt });
}

export function clearSessionCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(cookieNameFor(request, NAME), cookieOptionsFor(request));
}

/**
 * Refuses a call that another site has made by the cookie: one that changes something says where it comes from
 * (`Sec-Fetch-Site`), or holds the token that no other site can know.
 * @throws Failure csrf
 */
export function refuseOtherSite(request: FastifyRequest, token: string): void {
  if (SAFE.has(request.method) || request.headers['sec-fetch-site'] === 'same-origin') return;
  const sent = request.headers['x-csrf-token'];
  if (typeof sent === 'string' && isSame(sent, csrfTokenOf(token))) return;
  const detail =
    'By the cookie of a session a change needs `Sec-Fetch-Site: same-origin`, or `X-CSRF-Token` with the `csrf_token` of GET /v1/session.';
  throw new Failure('csrf', detail);
}

/** Over http, which is for callers on this machine, a cookie cannot have the prefix. */
export function cookieNameFor(request: FastifyRequest, name: string): string {
  return isSecure(request) ? `${SECURE_PREFIX}${name}` : name;
}

export function cookieOptionsFor(request: FastifyRequest) {
  return { path: '/', httpOnly: true, sameSite: 'lax', secure: isSecure(request) } as const;
}

function isSecure({ protocol }: FastifyRequest): boolean {
  return protocol === 'https';
}
