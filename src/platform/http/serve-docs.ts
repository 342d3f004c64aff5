import type { INestApplication } from '@nestjs/common';
import { SwaggerModule } from '@nestjs/swagger';
import { buildOpenApi } from './openapi.js';

/** Serves the document at /openapi.json and Swagger UI at /docs, from our own disk. It is built at the first call for it. */
export function serveDocs(app: INestApplication): void {
  SwaggerModule.setup('docs', app, () => buildOpenApi(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Muster API',
    // The default asks a server of Swagger's whether the document is valid.
    swaggerOptions: { validatorUrl: null, persistAuthorization: false },
  });
}
