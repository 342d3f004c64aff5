import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import type { ErrorCode } from '../../core/error-codes.js';
import { packageRoot } from '../config/package-root.js';
import { PROBLEM_SCHEMA, problemResponses, PROBLEMS_EXTENSION } from './api-problems.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type Schemas = NonNullable<NonNullable<OpenAPIObject['components']>['schemas']>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  property: 'Id or slug of the property.',
};

const DESCRIPTION = `Measures groups of users: send events, name a cohort, POST a metric request, get a value for every user and aggregates over them.
JSON in snake_case; times are RFC 3339, durations ISO 8601. Unknown fields and query parameters are errors.`;

/** The OpenAPI 3.1 document of every controller of the application, in a stable order. Starts nothing. */
export function buildOpenApi(app: INestApplication): OpenAPIObject {
  const config = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Muster')
    .setDescription(DESCRIPTION)
    .setVersion(version())
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'This server')
    .addBearerAuth({ type: 'http', scheme: 'bearer', description: 'An API key: muster_sk_...' }, 'api_key')
    .build();
  const document = SwaggerModule.createDocument(app, config, { operationIdFactory: operationId });
  const schemas: Schemas = { ...document.components?.schemas, Problem: PROBLEM_SCHEMA };
  return {
    ...document,
    paths: sorted(document.paths, completePath),
    components: { ...document.components, schemas: sorted(schemas, (schema) => schema) },
  };
}

/** `CohortsController.create` is `cohorts_create`. */
function operationId(controller: string, method: string): string {
  return `${controller.replace(/Controller$/, '').toLowerCase()}_${method}`;
}

function version(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}

function completePath(item: PathItem, path: string): PathItem {
  for (const method of METHODS) {
    const operation = item[method];
    if (operation) {
      item[method] = completeOperation(operation, path);
    }
  }
  return item;
}

/** Adds what every route has: path parameters that no handler takes by name, authentication, and the errors of the edge. */
function completeOperation(operation: Operation & { [PROBLEMS_EXTENSION]?: ErrorCode[] }, path: string): Operation {
  const { [PROBLEMS_EXTENSION]: own = [], ...rest } = operation;
  const codes = [...new Set([...edgeCodes(operation, path), ...own])];
  return {
    ...rest,
    parameters: [...missingPathParameters(operation, path), ...(operation.parameters ?? [])],
    ...(isProtected(path) && { security: [{ api_key: [] }] }),
    responses: { ...operation.responses, ...problemResponses(codes) },
  };
}

function isProtected(path: string): boolean {
  return path.startsWith('/v1/');
}

function edgeCodes(operation: Operation, path: string): ErrorCode[] {
  if (!isProtected(path)) {
    return [];
  }
  const body: ErrorCode[] = [
    'malformed_body',
    'invalid_encoding',
    'body_too_complex',
    'body_too_large',
    'unsupported_media_type',
  ];
  return [
    'invalid_parameter',
    'unauthenticated',
    ...(path.includes('{') ? (['not_found'] as const) : []),
    ...(operation.requestBody ? body : []),
    'internal_error',
    'engine_unavailable',
    'database_unavailable',
    'shutting_down',
  ];
}

function missingPathParameters(operation: Operation, path: string): NonNullable<Operation['parameters']> {
  const declared = new Set(
    (operation.parameters ?? []).map((parameter) => ('name' in parameter ? parameter.name : '')),
  );
  const named = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1] ?? '');
  return named
    .filter((name) => !declared.has(name))
    .map((name) => ({
      name,
      in: 'path',
      required: true,
      description: PATH_PARAMETERS[name],
      schema: { type: 'string' },
    }));
}

function sorted<T>(members: Record<string, T>, convert: (value: T, key: string) => T): Record<string, T> {
  const entries = Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1));
  return Object.fromEntries(entries.map(([key, value]) => [key, convert(value, key)]));
}
