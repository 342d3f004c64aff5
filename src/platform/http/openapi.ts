import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { packageRoot } from '../config/package-root.js';
import { PROBLEM_SCHEMA, SHARED_RESPONSES } from './api-problems.js';
import { completeOperation } from './complete-operation.js';

type PathItem = OpenAPIObject['paths'][string];
type Components = NonNullable<OpenAPIObject['components']>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

const DESCRIPTION = `Measures groups of users: send events, name a cohort, POST a metric request, get a value for every user and aggregates over them.

JSON in snake_case; times are RFC 3339, durations ISO 8601. Unknown fields and query parameters are errors. Lists come in pages: follow \`next_cursor\` or the \`Link\` header.`;

const TAGS: Readonly<Record<string, string>> = {
  properties: 'Areas of analysis: a site, an app, a wiki',
  batches: 'What was sent, and taking it back',
  events: 'What users did',
  users: 'Registrations and traits',
  cohorts: 'Named groups of users',
  uploads: 'Lists of users that are checked before they become cohorts',
  metrics: 'The catalogue of what can be measured',
  requests: 'Questions and their answers',
  health: 'Whether the process lives and can serve',
};

/** The OpenAPI 3.1 document of every controller of the application, in a stable order. Starts nothing. */
export function buildOpenApi(app: INestApplication): OpenAPIObject {
  const { paths, components } = withoutSuffix(SwaggerModule.createDocument(app, config(), { operationIdFactory }));
  const { info, tags, servers, openapi } = config();
  const { title, description, version, license } = info;
  const completed = Object.entries(paths).map(([path, item]) => [path, completePath(item, path)] as const);
  return {
    openapi,
    info: { title, description, version, license, contact: { name: 'The maintainers of Muster' } },
    servers,
    tags,
    paths: sorted(Object.fromEntries(completed)),
    components: {
      schemas: sorted<Schemas[string]>({ ...components?.schemas, Problem: PROBLEM_SCHEMA }),
      responses: SHARED_RESPONSES,
      securitySchemes: {
        api_key: {
          type: 'http',
          scheme: 'bearer',
          description: 'An API key. The first is in the file admin-key of the data folder.',
        },
      },
    },
  };
}

type Schemas = NonNullable<Components['schemas']>;

function config(): Omit<OpenAPIObject, 'paths'> {
  const builder = new DocumentBuilder()
    .setOpenAPIVersion('3.1.0')
    .setTitle('Muster')
    .setDescription(DESCRIPTION)
    .setVersion(version())
    .setLicense('Apache-2.0', 'https://www.apache.org/licenses/LICENSE-2.0')
    .addServer('/', 'This server');
  Object.entries(TAGS).forEach(([tag, description]) => builder.addTag(tag, description));
  return builder.build();
}

/** `UserValuesController.list` is `user_values_list`. */
function operationIdFactory(controller: string, method: string): string {
  const words = controller.replace(/Controller$/, '').replaceAll(/(?<=[a-z])(?=[A-Z])/g, '_');
  return `${words.toLowerCase()}_${method}`;
}

function version(): string {
  return (JSON.parse(readFileSync(join(packageRoot(), 'package.json'), 'utf8')) as { version: string }).version;
}

/** `CohortDto` is our name for the class; callers know a `Cohort`. */
function withoutSuffix(document: OpenAPIObject): OpenAPIObject {
  const text = JSON.stringify(document);
  const named = text.replaceAll(
    /"(#\/components\/schemas\/)?(\w+)Dto"/g,
    (_, prefix: string | undefined, name: string) => JSON.stringify(`${prefix ?? ''}${name}`),
  );
  return JSON.parse(named) as OpenAPIObject;
}

function completePath(item: PathItem, path: string): PathItem {
  const operations = METHODS.flatMap((method) => {
    const operation = item[method];
    return operation ? [[method, completeOperation(operation, path)] as const] : [];
  });
  return { ...item, ...Object.fromEntries(operations) };
}

function sorted<T>(members: Record<string, T>): Record<string, T> {
  return Object.fromEntries(Object.entries(members).sort(([a], [b]) => (a < b ? -1 : 1)));
}
