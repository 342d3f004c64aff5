import fc, { type Arbitrary } from 'fast-check';

/** A JSON schema of an OpenAPI 3.1 document, as far as it is read here. */
export interface Schema {
  readonly $ref?: string;
  readonly type?: string | readonly string[];
  readonly enum?: readonly unknown[];
  readonly const?: unknown;
  readonly oneOf?: readonly Schema[];
  readonly anyOf?: readonly Schema[];
  readonly allOf?: readonly Schema[];
  readonly items?: Schema;
  readonly properties?: Readonly<Record<string, Schema>>;
  readonly required?: readonly string[];
  readonly additionalProperties?: boolean | Schema;
  readonly format?: string;
  readonly minimum?: number;
  readonly maximum?: number;
  readonly minLength?: number;
  readonly maxLength?: number;
  readonly example?: unknown;
  readonly examples?: readonly unknown[];
}

/** Texts that mean something to SQL, a shell, a header, a log, a file name, a spreadsheet, a template or an object. */
export const NASTY_TEXTS: readonly string[] = [
  '',
  ' ',
  "'",
  '"',
  '\\',
  "\\'",
  '`',
  "'; DROP TABLE properties; --",
  "') OR ('1'='1",
  '{p:String}',
  '$1',
  '%s%n%x',
  '\0',
  'a\0b',
  '\r\nSet-Cookie: a=b',
  '\n{"level":60}',
  '../../../../etc/passwd',
  '..\\..\\boot.ini',
  '/dev/null',
  '%2e%2e%2f',
  '=1+1',
  '+1',
  '-1',
  '@SUM(A1)',
  "=cmd|' /C calc'!A0",
  '\t=1',
  '<script>alert(1)</script>',
  '{{7*7}}',
  '${7*7}',
  '__proto__',
  'constructor',
  'toString',
  'hasOwnProperty',
  'null',
  'undefined',
  'NaN',
  'true',
  '\u{FEFF}x',
  '\u{202E}abc',
  '\uD800',
  'e\u0301',
  '\u{1F600}',
  'x'.repeat(300),
  'ü'.repeat(3000),
  '9'.repeat(400),
  '((((((((((((((((((((((((((((((a',
  'a&b|c!d',
];

const NUMBERS = [0, -0, 1, -1, 0.5, 1e308, -1e308, 5e-324, 2 ** 31, 2 ** 53, 2 ** 63, 1e21, 2 ** 63 + 2 ** 40];
const TIMES = [
  '2020-01-01',
  '2020-02-30',
  '2020-01-01T00:00:00Z',
  '2020-01-01T24:00:00Z',
  '0000-01-01',
  '9999-12-31T23:59:59.999999999Z',
  '-271821-04-20',
  '2020-W01',
  '2020-01-01T00:00:00+25:00',
  '1577836800',
];
/** How deep a schema that contains itself is followed. */
const DEPTH = 4;

export const nastyText: Arbitrary<string> = fc.oneof(
  fc.constantFrom(...NASTY_TEXTS),
  fc.constantFrom(...TIMES, 'P1D', 'P1M', 'PT0S', 'P999999999Y', 'Europe/Berlin', 'purchase', 'event_count'),
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ maxLength: 20 }),
);

/** Any JSON, of few levels. */
export const anyJson: Arbitrary<unknown> = fc.letrec((tie) => ({
  any: fc.oneof(
    { maxDepth: 3, withCrossShrink: true },
    nastyText,
    fc.constantFrom<unknown>(null, true, false, ...NUMBERS),
    fc.double({ noNaN: true, noDefaultInfinity: true }),
    fc.array(tie('any'), { maxLength: 3 }),
    fc.dictionary(nastyText, tie('any'), { maxKeys: 3, noNullPrototype: true }),
  ),
})).any;

/** Values that a schema allows; of a text without a form also some that mean something elsewhere. */
export function valuesOf(schema: Schema, schemas: Readonly<Record<string, Schema>>, depth = 0): Arbitrary<unknown> {
  const inner = (one: Schema): Arbitrary<unknown> => valuesOf(one, schemas, depth + 1);
  if (depth > DEPTH) return fc.constant(null);
  if (schema.$ref !== undefined) return inner(schemas[schema.$ref.split('/').at(-1) ?? ''] ?? {});
  if (schema.const !== undefined) return fc.constant(schema.const);
  if (schema.enum !== undefined) return fc.constantFrom(...schema.enum);
  const choices = schema.oneOf ?? schema.anyOf;
  if (choices !== undefined) return fc.oneof(...choices.map(inner));
  if (schema.allOf !== undefined) {
    return fc.tuple(...schema.allOf.map(inner)).map((parts) => Object.assign({}, ...(parts as object[])) as unknown);
  }
  const types = schema.type === undefined ? [] : [schema.type].flat();
  if (types.length === 0) return anyJson;
  const shown = [...(schema.examples ?? []), ...(schema.example === undefined ? [] : [schema.example])];
  const ofTypes = types.map((type) => valuesOfType(type, schema, inner));
  return fc.oneof(...ofTypes, ...(shown.length === 0 ? [] : [{ weight: 2, arbitrary: fc.constantFrom(...shown) }]));
}

function valuesOfType(type: string, schema: Schema, inner: (one: Schema) => Arbitrary<unknown>): Arbitrary<unknown> {
  const { minimum = -1000, maximum = 1_000_000 } = schema;
  switch (type) {
    case 'null':
      return fc.constant(null);
    case 'boolean':
      return fc.boolean();
    case 'integer':
      return fc.integer({ min: minimum, max: maximum });
    case 'number':
      return fc.oneof(fc.integer({ min: minimum, max: maximum }), fc.constantFrom(...NUMBERS));
    case 'string':
      return schema.format === undefined ? nastyText : fc.constantFrom(...TIMES);
    case 'array':
      return fc.array(inner(schema.items ?? {}), { maxLength: 3 });
    default:
      return objects(schema, inner);
  }
}

function objects(schema: Schema, inner: (one: Schema) => Arbitrary<unknown>): Arbitrary<unknown> {
  const { properties = {}, required = [], additionalProperties: more } = schema;
  const known = Object.keys(properties);
  const fields = fc.record(Object.fromEntries(known.map((name) => [name, inner(properties[name] ?? {})])), {
    requiredKeys: required.filter((name) => known.includes(name)),
    noNullPrototype: true,
  });
  if (more === undefined || more === false) return fields;
  const others = fc.dictionary(nastyText, inner(more === true ? {} : more), { maxKeys: 3, noNullPrototype: true });
  return fc.tuple(others, fields).map(([a, b]) => ({ ...a, ...b }));
}

/** A change of one place of a value. */
interface Change {
  readonly place: number;
  readonly how: 'replace' | 'remove' | 'add' | 'wrap' | 'twice';
  readonly name: string;
  readonly by: unknown;
}

const changes: Arbitrary<Change> = fc.record({
  place: fc.nat(1000),
  how: fc.constantFrom('replace', 'replace', 'remove', 'add', 'wrap', 'twice'),
  name: nastyText,
  by: anyJson,
});

/** Values as they are, and with some places changed. */
export function changed(values: Arbitrary<unknown>): Arbitrary<unknown> {
  return fc
    .tuple(
      values,
      fc.oneof({ weight: 2, arbitrary: fc.constant([]) }, fc.array(changes, { minLength: 1, maxLength: 3 })),
    )
    .map(([value, all]) => all.reduce(applied, value));
}

function applied(value: unknown, change: Change): unknown {
  const places = placesOf(value, []);
  const path = places[change.place % places.length] ?? [];
  return at(value, path, change);
}

type Path = readonly (string | number)[];

function placesOf(value: unknown, path: Path): Path[] {
  if (typeof value !== 'object' || value === null || path.length > 12) return [path];
  return [path, ...Object.entries(value).flatMap(([key, one]) => placesOf(one, [...path, key]))];
}

function at(value: unknown, [first, ...rest]: Path, change: Change): unknown {
  if (first === undefined) return changedValue(value, change);
  const copy = (Array.isArray(value) ? [...(value as unknown[])] : { ...(value as object) }) as Record<string, unknown>;
  if (rest.length === 0 && change.how === 'remove') delete copy[first];
  else copy[first] = at(copy[first], rest, change);
  return copy;
}

function changedValue(value: unknown, { how, name, by }: Change): unknown {
  if (how === 'wrap') return [value];
  if (how === 'twice') return Array.isArray(value) ? [...(value as unknown[]), ...(value as unknown[])] : value;
  if (how === 'add' && typeof value === 'object' && value !== null && !Array.isArray(value)) {
    return { ...value, [name]: by };
  }
  return how === 'remove' ? null : by;
}
