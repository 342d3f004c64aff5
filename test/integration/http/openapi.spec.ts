import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { GRANTS, type Grant } from '../../../src/core/access/grants.js';
import { ERROR_CODES } from '../../../src/core/error-codes.js';
import { pointerTo } from '../../../src/core/failure.js';
import { PACKAGE_ROOT } from '../../support/source-files.js';

interface Operation {
  readonly operationId: string;
  readonly summary?: string;
  readonly description?: string;
  readonly tags?: string[];
  readonly parameters: { readonly name: string; readonly in: string }[];
  readonly security?: object[];
  readonly 'x-grants'?: readonly Grant[];
  readonly requestBody?: object;
  readonly responses: Record<string, { readonly content?: object; readonly $ref?: string }>;
}

interface Document {
  readonly openapi: string;
  readonly paths: Record<string, Record<string, Operation>>;
  readonly components: Record<string, Record<string, object>>;
  readonly tags: { readonly name: string }[];
}

/** Who signs in is not known yet. */
/** What a browser calls: it is sent on. */
const REDIRECTS = ['get /v1/providers/{id}/sign-in', 'get /v1/providers/{id}/callback'];
const OF_NOBODY = ['post /v1/session', 'post /v1/invitations/accept', 'get /v1/sign-in-ways', ...REDIRECTS];

let written: string;
let document: Document;

/** As the built program writes it: the swagger plugin works on the types at build time. */
beforeAll(async () => {
  const folder = await mkdtemp(join(tmpdir(), 'muster-openapi-'));
  const path = join(folder, 'openapi.json');
  await promisify(execFile)(process.execPath, [join(PACKAGE_ROOT, 'dist/src/cli/write-openapi.js'), path]);
  written = readFileSync(path, 'utf8');
  document = JSON.parse(written) as Document;
  await rm(folder, { recursive: true });
});

/** Objects that say the type of a value, wherever they stand. */
function* schemasOf(value: unknown, pointer: string): Generator<{ pointer: string; schema: Record<string, unknown> }> {
  if (typeof value !== 'object' || value === null) return;
  const schema = value as Record<string, unknown>;
  if ('type' in schema || 'oneOf' in schema) yield { pointer, schema };
  for (const [key, item] of Object.entries(schema)) {
    if (key !== 'example' && key !== 'default' && key !== 'examples')
      yield* schemasOf(item, pointerTo(pointer, encodeURIComponent(key)));
  }
}

const operations = (): { path: string; method: string; operation: Operation }[] =>
  Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, operation]) => ({ path, method, operation })),
  );

const named = (wrong: ReturnType<typeof operations>): string[] => wrong.map(({ path, method }) => `${method} ${path}`);

describe('the OpenAPI document', () => {
  it('is the committed one: run npm run openapi', () => {
    const committed = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'packages/client/openapi.json'), 'utf8')) as unknown;
    expect(document).toEqual(committed);
  });

  it('is OpenAPI 3.1 with one id for each operation', () => {
    expect(document.openapi).toBe('3.1.0');
    const ids = operations().map(({ operation }) => operation.operationId);
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('has no reference that leads nowhere', () => {
    const references = [...written.matchAll(/"#\/components\/(\w+)\/([^"]+)"/g)];
    expect(references.length).toBeGreaterThan(50);
    expect(references.filter(([, kind = '', name = '']) => document.components[kind]?.[name] === undefined)).toEqual(
      [],
    );
  });

  it('has examples, defaults and enumerations that fit their schemas', () => {
    const ajv = new Ajv2020({ strict: false, validateFormats: false });
    ajv.addSchema(document, 'document');
    const fits = (pointer: string, value: unknown): boolean => ajv.validate({ $ref: `document#${pointer}` }, value);
    const reported = [...schemasOf(document, '')].flatMap(({ pointer, schema }) =>
      [schema['example'], schema['default'], ...[schema['enum'] ?? []].flat()]
        .filter((value) => value !== undefined)
        .map((value) => ({ pointer, value, type: schema['type'] })),
    );
    expect(reported.length).toBeGreaterThan(100);
    expect(reported.filter(({ pointer, value }) => !fits(pointer, value))).toEqual([]);
  });

  it('tells of every operation whether it needs a key, and what it says to a wrong call', () => {
    const silent = operations().filter(
      ({ operation: { security, responses } }) =>
        security === undefined || !Object.keys(responses).some((status) => status.startsWith('4')),
    );
    expect(named(silent)).toEqual([]);
  });

  it('speaks of no class of ours', () => {
    expect(written.match(/\w+(Dto|Entity|Controller)\b/g)).toBeNull();
  });

  it('says of every operation what it does, under a tag that is explained', () => {
    const tags = new Set(document.tags.map(({ name }) => name));
    const silent = operations().filter(
      ({ operation: { summary, description, tags: own = [] } }) =>
        !summary || !description || own.length !== 1 || !tags.has(own[0]!),
    );
    expect(named(silent)).toEqual([]);
  });

  it('declares every parameter of a path', () => {
    const missing = operations().filter(({ path, operation }) => {
      const declared = operation.parameters.filter((parameter) => parameter.in === 'path').map(({ name }) => name);
      const inPath = [...path.matchAll(/\{(\w+)\}/g)].map((match) => match[1]!);
      return declared.sort().join() !== inPath.sort().join();
    });
    expect(named(missing)).toEqual([]);
  });

  it('has a success with a body, or without content, for every operation', () => {
    const unanswered = operations().filter(({ operation: { responses } }) => {
      const successes = Object.entries(responses).filter(([status]) => status.startsWith('2'));
      return (
        successes.length === 0 || successes.some(([status, { content }]) => status !== '204' && content === undefined)
      );
    });
    expect(named(unanswered).toSorted()).toEqual(REDIRECTS.toSorted());
  });

  it('protects everything under /v1 and nothing else', () => {
    const wrong = operations().filter(({ path, method, operation }) => {
      const isProtected = (operation.security ?? []).length > 0 && '401' in operation.responses;
      return (path.startsWith('/v1/') && !OF_NOBODY.includes(`${method} ${path}`)) !== isProtected;
    });
    expect(named(wrong)).toEqual([]);
  });

  it('tells of every route under /v1 which grants it needs', () => {
    const open = operations().filter(({ path, operation }) => {
      const { 'x-grants': grants = [], responses } = operation;
      const isTold = grants.length > 0 && '403' in responses;
      const isByGrants = (operation.security ?? []).some((scheme) => 'api_key' in scheme);
      return path.startsWith('/v1/') && isByGrants && !(isTold && grants.every((grant) => GRANTS.includes(grant)));
    });
    expect(named(open)).toEqual([]);
  });

  it('has the problems of a body wherever there is one', () => {
    const wrong = operations().filter(
      ({ operation: { requestBody, responses } }) => requestBody && !(413 in responses && 415 in responses),
    );
    expect(named(wrong)).toEqual([]);
  });

  it('lets the sender of every POST that creates repeat it', () => {
    const posts = operations().filter(({ method }) => method === 'post');
    const isRepeatable = ({ operation }: (typeof posts)[number]): boolean =>
      operation.parameters.some(({ name }) => name === 'Idempotency-Key');
    expect(posts.filter(isRepeatable).every(({ operation }) => '409' in operation.responses)).toBe(true);
    // Their answers or bodies hold a secret, which is stored nowhere.
    const isSecret = ({ path }: (typeof posts)[number]): boolean =>
      /^\/v1\/(account\/(keys|invitations|providers)|session|invitations)(\/|$)/.test(path);
    // What is collected is accepted at once, and counts once by the ids of its events.
    const creates = ({ path, operation }: (typeof posts)[number]): boolean =>
      path !== '/v1/collect' && ('201' in operation.responses || '202' in operation.responses);
    expect(named(posts.filter((post) => !isSecret(post) && creates(post) !== isRepeatable(post)))).toEqual([]);
    // What is left has no second effect when it comes twice: events, users and batches of usage count once, the others set or only look.
    expect(named(posts.filter((post) => !isSecret(post) && !creates(post))).toSorted()).toEqual(
      [
        'post /v1/collect',
        'post /v1/properties/{property}/archive',
        'post /v1/properties/{property}/restore',
        'post /v1/properties/{property}/cohorts/preview',
        'post /v1/properties/{property}/cohorts/{cohort}/archive',
        'post /v1/properties/{property}/cohorts/{cohort}/members',
        'post /v1/properties/{property}/cohorts/{cohort}/restore',
        'post /v1/properties/{property}/events',
        'post /v1/properties/{property}/requests/canonical',
        'post /v1/properties/{property}/usage',
        'post /v1/properties/{property}/users',
      ].toSorted(),
    );
  });

  it('lists the codes of the catalogue', () => {
    expect(document.components['schemas']?.['Problem']).toMatchObject({
      properties: { code: { enum: Object.keys(ERROR_CODES) } },
    });
  });
});
