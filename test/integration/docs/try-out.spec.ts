import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../../support/source-files.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { callHttp, type Method } from '../../support/call-http.js';

interface Schema {
  readonly $ref?: string;
  readonly type?: string;
  readonly example?: unknown;
  readonly default?: unknown;
  readonly enum?: readonly unknown[];
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
}

interface Content {
  readonly schema: Schema;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

interface Operation {
  readonly requestBody?: { readonly content: Record<string, Content> };
  readonly security: readonly object[];
}

interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, Operation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

const document: Document = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'packages/client/openapi.json'), 'utf8'));

/** Calls that make what the paths of the others name, before the rest. */
const OF_IDS = ['/cohort-uploads', '/account/keys', '/account/providers', '/account/token-issuers'];
const FIRST = ['/cohorts', '/metrics', ...OF_IDS];

const calls = Object.entries(document.paths)
  .flatMap(([path, item]) =>
    Object.entries(item).flatMap(([method, { requestBody, security }]) => {
      // What is of a session is tried by test/integration/access, as is a member, who has to come first.
      if (!security.some((scheme) => 'api_key' in scheme) || path.includes('/members/{id}')) return [];
      const content = requestBody?.content['application/json'];
      return content === undefined ? [] : [{ method: method.toUpperCase(), path, bodies: bodiesOf(content) }];
    }),
  )
  .toSorted((a, b) => rank(a.path) - rank(b.path));

function rank(path: string): number {
  return FIRST.some((end) => path.endsWith(end)) ? 0 : 1;
}

/** Names what a parameter stands for: `{id}` is that of an upload here, of a key there. */
function collectionOf(path: string, name: string): string {
  return name === 'id' ? (path.split('/{id}', 1)[0] ?? '') : name;
}

/** What Swagger UI puts into the field: the examples of the body, or else one made of its schema. */
function bodiesOf({ schema, examples }: Content): unknown[] {
  return examples === undefined ? [sampled(schema)] : Object.values(examples).map(({ value }) => value);
}

/**
 * As Swagger UI does it: what is said of a value itself, then of its parts; of a text that is not described the word
 * "string".
 */
function sampled(schema: Schema): unknown {
  if (schema.$ref !== undefined) return sampled(document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  if (schema.example !== undefined) return schema.example;
  if (schema.default !== undefined) return schema.default;
  if (schema.enum !== undefined) return schema.enum[0];
  const [first] = schema.oneOf ?? schema.anyOf ?? schema.allOf ?? [];
  if (first !== undefined) return sampled(first);
  if (schema.type === 'array') return [sampled(schema.items ?? {})];
  if (schema.type === 'object') {
    const entries = Object.entries(schema.properties ?? {});
    return Object.fromEntries(entries.map(([name, property]) => [name, sampled(property)]));
  }
  return { string: 'string', number: 0, integer: 0, boolean: true }[schema.type ?? 'string'];
}

describe('what /docs opens "Try it out" with', () => {
  let stores: TestStores;
  let app: TestApp;
  const made: Record<string, string> = { property: 'default' };

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  it('is there for every call with a JSON body', () => {
    expect(calls.length).toBeGreaterThan(12);
  });

  it.each(calls.map((call): [string, (typeof calls)[number]] => [`${call.method} ${call.path}`, call]))(
    'is accepted by %s',
    async (_, { method, path, bodies }) => {
      for (const body of bodies) {
        const url = path.replaceAll(/\{(\w+)\}/g, (__, name: string) => made[collectionOf(path, name)] ?? name);
        const query = path.endsWith('/cohort-uploads') ? '?name=tried' : '';
        const answer = await callHttp(app.url, method as Method, url + query, {
          headers: { authorization: `Bearer ${app.adminKey}` },
          body,
        });
        // A list that is not checked yet cannot be finished: a conflict of states, and no fault of the body.
        const right = path.endsWith('/finish') ? [200, 201, 202, 409] : [200, 201, 202];
        expect({ right: right.includes(answer.status), body, answer: answer.text }).toMatchObject({
          right: true,
        });
        if (method === 'POST') keep(path, answer.json<{ id?: string }>());
      }
    },
  );

  function keep(path: string, { id }: { id?: string }): void {
    if (id === undefined) return;
    if (path.endsWith('/cohorts')) made['cohort'] ??= id;
    if (path.endsWith('/metrics')) made['metric'] ??= id;
    if (OF_IDS.some((end) => path.endsWith(end))) made[collectionOf(`${path}/{id}`, 'id')] ??= id;
  }
});
