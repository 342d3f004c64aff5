import type { FastifyReply, FastifyRequest } from 'fastify';
import { cookieNameFor, cookieOptionsFor } from '../../access/session-cookie.js';

const NAME = 'muster_sign_in';
const TOKEN = /^[\w-]{43}$/;

/** Binds a sign-in to the browser that has begun it: what comes back in another one is refused. */
export function setBrowserCookie(request: FastifyRequest, reply: FastifyReply, token: string, seconds: number): void {
  reply.setCookie(cookieNameFor(request, NAME), token, { ...cookieOptionsFor(request), maxAge: seconds });
}

/** Null: there is none that could be one. */
export function browserTokenOf(request: FastifyRequest): string | null {
  const token = request.cookies[cookieNameFor(request, NAME)];
  return token !== undefined && TOKEN.test(token) ? token : null;
}

export function clearBrowserCookie(request: FastifyRequest, reply: FastifyReply): void {
  reply.clearCookie(cookieNameFor(request, NAME), cookieOptionsFor(request));
}
