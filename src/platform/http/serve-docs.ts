import type { INestApplication } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { SwaggerModule } from '@nestjs/swagger';
import { buildOpenApi } from './openapi.js';

const PAGE = /^\/docs(\/|$)/;

/**
 * The page holds whatever key its user types in: it runs scripts of ours alone, talks to this server alone and stands in no frame. Swagger UI writes its styles
 * into the page and its signs as data.
 */
const POLICY = [
  "default-src 'none'",
  "script-src 'self'",
  "style-src 'self' 'unsafe-inline'",
  "img-src 'self' data:",
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/** Serves the document at /openapi.json and Swagger UI at /docs, from our own disk. It is built at the first call for it. */
export function serveDocs(app: NestFastifyApplication): void {
  app
    .getHttpAdapter()
    .getInstance()
    .addHook('onRequest', (request, reply, done) => {
      if (PAGE.test(request.routeOptions.url ?? '')) {
        reply.header('content-security-policy', POLICY).header('x-frame-options', 'DENY');
        reply.header('referrer-policy', 'no-referrer').header('cross-origin-opener-policy', 'same-origin');
      }
      done();
    });
  SwaggerModule.setup('docs', app as INestApplication, () => buildOpenApi(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Muster API',
    // The default asks a server of Swagger's whether the document is valid.
    swaggerOptions: { validatorUrl: null, persistAuthorization: false },
  });
}
