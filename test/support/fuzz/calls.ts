import { gzipSync } from 'node:zlib';
import fc, { type Arbitrary } from 'fast-check';
import type { Method } from '../call-http.js';
import { anyJson, changed, nastyText, valuesOf, type Schema } from './schema-values.js';

export interface Parameter {
  readonly name: string;
  readonly in: 'path' | 'query' | 'header';
  readonly required?: boolean;
  readonly schema?: Schema;
}

export interface Operation {
  readonly method: Method;
  readonly path: string;
  readonly parameters: readonly Parameter[];
  readonly body: { readonly types: readonly string[]; readonly values: Arbitrary<unknown> } | null;
  /** The statuses that the document says of it. */
  readonly statuses: ReadonlySet<number>;
}

/** A call as it goes over the wire. */
export interface Call {
  readonly operation: Operation;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer | null;
  /** Whether the path is one of the operation: else another route, or none, answers. */
  readonly isOfOperation: boolean;
}

export interface Document {
  readonly paths: Readonly<Record<string, Readonly<Record<string, DocumentedOperation>>>>;
  readonly components: { readonly schemas: Readonly<Record<string, Schema>> };
}

interface DocumentedOperation {
  readonly parameters?: readonly Parameter[];
  readonly requestBody?: { readonly content: Readonly<Record<string, Content>> };
  readonly responses: Readonly<Record<string, unknown>>;
}

interface Content {
  readonly schema?: Schema;
  readonly examples?: Readonly<Record<string, { readonly value: unknown }>>;
}

/** Every operation of a document. `seeds`: bodies that are right, by the name of their schema. */
export function operationsOf(document: Document, seeds: Readonly<Record<string, readonly unknown[]>>): Operation[] {
  const { schemas } = document.components;
  return Object.entries(document.paths).flatMap(([path, item]) =>
    Object.entries(item).map(([method, { parameters = [], requestBody, responses }]) => ({
      method: method.toUpperCase() as Method,
      path,
      parameters,
      body: requestBody === undefined ? null : bodyOf(requestBody.content, schemas, seeds),
      statuses: new Set(Object.keys(responses).map(Number)),
    })),
  );
}

function bodyOf(
  content: Readonly<Record<string, Content>>,
  schemas: Readonly<Record<string, Schema>>,
  seeds: Readonly<Record<string, readonly unknown[]>>,
): Operation['body'] {
  const { schema = {}, examples = {} } = content['application/json'] ?? {};
  const name = schema.$ref?.split('/').at(-1) ?? '';
  const right = [...Object.values(examples).map(({ value }) => value), ...(seeds[name] ?? [])];
  const bySchema = valuesOf(schema, schemas);
  const values =
    right.length === 0 ? bySchema : fc.oneof(bySchema, { weight: 2, arbitrary: fc.constantFrom(...right) });
  return { types: Object.keys(content), values: changed(values) };
}

/** What may stand in a path, by the operation: the right ids, those of others, and anything. */
export type PathsOf = (operation: Operation) => Arbitrary<{ readonly path: string; readonly isOfOperation: boolean }>;

/** Calls of an operation, right and wrong in every part. */
export function callsOf(operation: Operation, pathsOf: PathsOf): Arbitrary<Call> {
  return fc
    .tuple(pathsOf(operation), queries(operation), headersOf(operation), bodies(operation))
    .map(([{ path, isOfOperation }, query, headers, body]) => ({
      operation,
      path: `${path}${query}`,
      headers: { ...headers, ...body.headers },
      body: body.bytes,
      isOfOperation,
    }));
}

/** Waiting is tried, and not waited for. */
const WAITS = fc.constantFrom('0', '0.01', '0.05', '-1', '61', 'x', '');

function queries({ parameters }: Operation): Arbitrary<string> {
  const named = parameters.filter((one) => one.in === 'query');
  const few = fc
    .subarray(named, { maxLength: Math.min(5, named.length) })
    .chain((some) => fc.tuple(...some.map((one) => fc.tuple(fc.constant(one.name), queryValue(one)))));
  const odd = fc.oneof(
    { weight: 20, arbitrary: fc.constant('') },
    fc.constantFrom(
      'a=1',
      '&&&',
      '=',
      '%',
      '%zz=%',
      'limit=1&limit=2',
      'a[b]=1',
      '__proto__=1',
      'q='.padEnd(9000, 'x'),
    ),
    fc.tuple(nastyText, nastyText).map(([a, b]) => `${encoded(a)}=${encoded(b)}`),
  );
  return fc.tuple(few, odd).map(([some, more]) => {
    const text = some.map(([name, value]) => `${encodeURIComponent(name)}=${encoded(value)}`);
    const query = [...text, ...(more === '' ? [] : [more])].join('&');
    return query === '' ? '' : `?${query}`;
  });
}

function queryValue({ name, schema = {} }: Parameter): Arbitrary<string> {
  if (name === 'wait') return WAITS;
  const right = valuesOf(schema, {}).map((value) => (typeof value === 'string' ? value : JSON.stringify(value)));
  return fc.oneof({ weight: 3, arbitrary: right }, nastyText);
}

/** Lone surrogates have no form in a URL. */
export function encoded(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

const TYPES = [
  'application/json',
  'text/csv',
  'application/x-ndjson',
  'text/plain',
  'multipart/form-data',
  '*/*',
  ';',
  '',
];
const ODD_HEADERS: Readonly<Record<string, Arbitrary<string>>> = {
  accept: fc.constantFrom(
    '*/*',
    'text/csv',
    'application/json;q=0',
    'text/html',
    'application/vnd.apache.parquet',
    ',,;',
  ),
  'accept-encoding': fc.constantFrom('gzip', 'br', 'zstd', 'identity;q=0', '*;q=0', 'x'),
  'accept-language': nastyText,
  'idempotency-key': nastyText,
  'if-match': fc.oneof(fc.constantFrom('*', '"1"', 'W/"1"', '"2"', '1'), nastyText),
  'if-none-match': fc.oneof(fc.constantFrom('*', '"1"'), nastyText),
  'last-event-id': nastyText,
  prefer: fc.oneof(fc.constantFrom('wait=0', 'wait=0.01', 'wait=x', 'respond-async'), nastyText),
  range: fc.constantFrom('bytes=0-1', 'bytes=-', 'x'),
  origin: fc.constantFrom('https://example.org', 'null', 'x'),
  cookie: nastyText,
  'x-request-id': nastyText,
  'x-forwarded-for': fc.oneof(fc.constantFrom('203.0.113.7', '::1', 'x, y'), nastyText),
  'x-forwarded-proto': fc.constantFrom('https', 'x'),
  'x-forwarded-host': nastyText,
  'x-http-method-override': fc.constantFrom('DELETE', 'TRACE'),
  'user-agent': nastyText,
};

function headersOf({ parameters }: Operation): Arbitrary<Record<string, string>> {
  const declared = parameters.filter((one) => one.in === 'header').map(({ name }) => name.toLowerCase());
  const some = fc.subarray([...declared, ...Object.keys(ODD_HEADERS)], { maxLength: 2 });
  return some.chain((names) =>
    fc.record(Object.fromEntries(names.map((name) => [name, (ODD_HEADERS[name] ?? nastyText).map(headerText)]))),
  );
}

/** What Node sends at all in a header. */
function headerText(text: string): string {
  return text.replaceAll(/[^\t\x20-\x7E\x80-\xFF]/g, '?').slice(0, 2000);
}

interface Body {
  readonly bytes: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

function bodies({ body, method }: Operation): Arbitrary<Body> {
  const none = fc.constant<Body>({ bytes: null, headers: {} });
  const odd = fc
    .tuple(brokenTexts, fc.constantFrom(...TYPES))
    .map(([bytes, type]) => ({ bytes, headers: { 'content-type': type } }));
  if (body === null) return method === 'GET' ? none : fc.oneof({ weight: 8, arbitrary: none }, odd);
  const right = fc.tuple(body.values, fc.constantFrom(...body.types)).map(([value, type]) => written(value, type));
  const packed = fc.tuple(right, fc.constantFrom('gzip', 'deflate', 'br', 'x', 'gzip, gzip')).map(([one, coding]) => ({
    bytes: coding === 'gzip' ? gzipSync(one.bytes ?? '') : one.bytes,
    headers: { ...one.headers, 'content-encoding': coding },
  }));
  return fc.oneof({ weight: 12, arbitrary: right }, packed, odd, none);
}

function written(value: unknown, type: string): Body {
  const json = JSON.stringify(value) ?? 'null';
  const list = Array.isArray(value) ? (value as unknown[]) : [value];
  const text = {
    'application/x-ndjson': list.map((one) => JSON.stringify(one) ?? '').join('\n'),
    'text/csv': csv(list),
  };
  return { bytes: Buffer.from(text[type as keyof typeof text] ?? json), headers: { 'content-type': type } };
}

function csv(list: readonly unknown[]): string {
  const [first] = list;
  const names = typeof first === 'object' && first !== null ? Object.keys(first) : ['user'];
  const cell = (value: unknown): string => `"${(JSON.stringify(value) ?? '').replaceAll('"', '""')}"`;
  const rows = list.map((one) => names.map((name) => cell((one as Record<string, unknown> | null)?.[name])).join(','));
  return [names.map((name) => cell(name)).join(','), ...rows].join('\r\n');
}

/** Bodies that are no JSON, or more than somebody may send. */
const brokenTexts: Arbitrary<Buffer> = fc.oneof(
  fc
    .constantFrom(
      '',
      '{',
      '{"a":',
      '[1,',
      '{"a":1,"a":2}',
      '{"__proto__":{"x":1}}',
      '{"constructor":{"prototype":{"x":1}}}',
      '1e999',
      '[1e999]',
      'nul',
      '"\\ud800"',
      '\u{FEFF}{}',
      '{}{}',
      '[]'.repeat(100),
    )
    .map((text) => Buffer.from(text)),
  fc.constantFrom(200, 5000, 60_000).map((n) => Buffer.from('['.repeat(n))),
  fc.constantFrom(200, 5000).map((n) => Buffer.from('{"a":'.repeat(n) + '1' + '}'.repeat(n))),
  fc.constant(Buffer.from([0x7b, 0x22, 0xff, 0xfe, 0x22, 0x3a, 0x31, 0x7d])),
  fc.uint8Array({ maxLength: 200 }).map((bytes) => Buffer.from(bytes)),
  anyJson.map((value) => Buffer.from(`${JSON.stringify(value)}x`)),
);
