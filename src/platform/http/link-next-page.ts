import type { FastifyReply, FastifyRequest } from 'fastify';
import { Page } from './page.js';

/** Adds `Link: <...>; rel="next"` to a page that has a next one: the same query with another cursor (RFC 8288). */
export function linkNextPage(request: FastifyRequest, reply: FastifyReply, answer: unknown): void {
  if (answer instanceof Page && answer.next_cursor !== null) {
    reply.header('link', `<${nextUrl(request.url, answer.next_cursor)}>; rel="next"`);
  }
}

function nextUrl(url: string, cursor: string): string {
  const [path = '', query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters.toString()}`;
}
