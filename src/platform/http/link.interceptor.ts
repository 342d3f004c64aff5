import { Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { tap, type Observable } from 'rxjs';
import { Page } from './page.js';

/** Adds `Link: <...>; rel="next"` to a page that has a next one: the same query with another cursor. */
@Injectable()
export class LinkInterceptor implements NestInterceptor {
  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    return next.handle().pipe(
      tap((answer) => {
        if (answer instanceof Page && answer.next_cursor !== null) {
          const url = nextUrl(http.getRequest<FastifyRequest>().url, answer.next_cursor);
          http.getResponse<FastifyReply>().header('link', `<${url}>; rel="next"`);
        }
      }),
    );
  }
}

function nextUrl(url: string, cursor: string): string {
  const [path = '', query] = url.split('?', 2);
  const parameters = new URLSearchParams(query);
  parameters.set('cursor', cursor);
  return `${path}?${parameters.toString()}`;
}
