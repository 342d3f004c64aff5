import type { INestApplication } from '@nestjs/common';
import { DocumentBuilder, SwaggerModule, type OpenAPIObject } from '@nestjs/swagger';
import { programVersion } from '../config/package-root.js';
import {
  PROBLEM_SCHEMA,
  SHARED_RESPONSES,
  problemResponses,
  PROBLEMS_EXTENSION,
  sharedResponses,
} from './api-problems.js';
import { forbiddenResponse, grantsOfOperation, NEED_EXTENSION, securityOf, type DeclaredNeed } from './api-needs.js';
import { ERROR_CODES, type ErrorCode } from '../../core/error-codes.js';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';

type PathItem = OpenAPIObject['paths'][string];
type Components = NonNullable<OpenAPIObject['components']>;

const METHODS = ['get', 'put', 'post', 'delete', 'patch'] as const;

const DESCRIPTION = `Measures groups of users: send events, name a cohort, POST a metric request, get a value for every user and aggregates over them.

JSON in snake_case; times are RFC 3339, durations ISO 8601. Unknown fields and query parameters are errors. Lists come in pages: follow \`next_cursor\` or the \`Link\` header.`;

const TAGS: Readonly<Record<string, string>> = {
  account: 'Who may do what: keys and their grants',
  properties: 'Areas of analysis: a site, an app, a wiki',
  batches: 'What was sent, and taking it back',
  events: 'What users did',
  users: 'Registrations and traits',
  cohorts: 'Named groups of users',
  uploads: 'Lists of users that are checked before they become cohorts',
  metrics: 'The catalogue of what can be measured',
  requests: 'Questions and their answers',
  usage: 'Who is active, and what is used how often',
  collecting: 'Events straight from browsers and applications',
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
          description:
            'An API key. The first is in the file admin-key of the data folder. `x-grants` of an operation are those that it needs.',
        },
        public_key: {
          type: 'apiKey',
          in: 'query',
          name: 'key',
          description: 'A public key: in the body of POST /v1/collect, in the query of its picture.',
        },
        session: {
          type: 'apiKey',
          in: 'cookie',
          name: '__Host-muster_session',
          description:
            'Of who has signed in. What changes something needs `Sec-Fetch-Site: same-origin`, or `X-CSRF-Token`, beside it.',
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
    .setVersion(programVersion())
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

type Operation = NonNullable<OpenAPIObject['paths'][string]['get']>;
type Parameters = NonNullable<Operation['parameters']>;

const PATH_PARAMETERS: Readonly<Record<string, string>> = {
  property: 'Id or slug of the property.',
};

const BODY_CODES: readonly ErrorCode[] = [
  'malformed_body',
  'invalid_encoding',
  'body_too_complex',
  'body_too_large',
  'unsupported_media_type',
];

const REPEAT_CODES: readonly ErrorCode[] = ['idempotency_key_in_use', 'idempotency_key_reused'];

/**
 * Adds what every route under /v1 has: path parameters that no handler takes by name, authentication, and the errors of
 * the edge.
 */
export function completeOperation(
  operation: Operation & { [PROBLEMS_EXTENSION]?: ErrorCode[]; [NEED_EXTENSION]?: DeclaredNeed },
  path: string,
): Operation {
  const { [PROBLEMS_EXTENSION]: own = [], [NEED_EXTENSION]: need, ...rest } = operation;
  if (!path.startsWith('/v1/')) {
    return {
      ...rest,
      security: [],
      responses: { ...rest.responses, ...problemResponses(['invalid_parameter', ...own]) },
    };
  }
  return {
    ...rest,
    parameters: [...missingPathParameters(operation, path), ...(operation.parameters ?? [])],
    ...grantsOfOperation(need),
    security: securityOf(need),
    responses: {
      ...sharedResponses(),
      ...rest.responses,
      ...problemResponses([...edgeCodes(operation, path), ...own, ...rateCodes(own)]),
      ...forbiddenResponse(need),
    },
  };
}

/** Where a route has errors of this status, they stand in the place of the shared response. */
function rateCodes(own: readonly ErrorCode[]): ErrorCode[] {
  return own.some((code) => ERROR_CODES[code].status === 429) ? ['too_many_requests'] : [];
}

function edgeCodes(operation: Operation, path: string): ErrorCode[] {
  return [
    'invalid_parameter',
    'not_acceptable',
    ...(path.includes('{') ? (['not_found'] as const) : []),
    ...(operation.requestBody ? BODY_CODES : []),
    ...(isRepeatable(operation) ? REPEAT_CODES : []),
  ];
}

/** Whether its sender may repeat it with an `Idempotency-Key`. */
function isRepeatable({ parameters = [] }: Operation): boolean {
  return parameters.some((parameter) => 'name' in parameter && parameter.name === 'Idempotency-Key');
}

function missingPathParameters(operation: Operation, path: string): Parameters {
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

/**
 * Serves the document at /openapi.json and Swagger UI at /docs, from our own disk. It is built at the first call for
 * it.
 */
export function serveDocs(app: NestFastifyApplication): void {
  SwaggerModule.setup('docs', app as INestApplication, () => buildOpenApi(app), {
    jsonDocumentUrl: 'openapi.json',
    raw: ['json'],
    customSiteTitle: 'Muster API',
    // By default the page sends the document to a server of Swagger's, which validates it.
    swaggerOptions: { validatorUrl: null, persistAuthorization: false },
  });
}
