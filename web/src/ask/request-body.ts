/** The body of a request as it is edited: any JSON object, of which the fields of the form are parts. */
export type RequestBody = Readonly<Record<string, unknown>>;

/** Names of members on the way to a value. */
export type Path = readonly string[];

/** The value at a path; undefined: there is none. */
export function valueAt(body: unknown, path: Path): unknown {
  let value = body;
  for (const name of path) {
    if (typeof value !== 'object' || value === null) return undefined;
    value = (value as Readonly<Record<string, unknown>>)[name];
  }
  return value;
}

/** The body with another value at a path; undefined takes it out, with the objects that are empty then. */
export function withValue(body: RequestBody, path: Path, value: unknown): RequestBody {
  const [name, ...rest] = path;
  if (name === undefined) return body;
  const known = body[name];
  const inside = rest.length === 0 ? value : withValue(isObject(known) ? known : {}, rest, value);
  const { [name]: _, ...others } = body;
  const isGone = inside === undefined || (rest.length > 0 && isObject(inside) && Object.keys(inside).length === 0);
  if (isGone) return others;
  return name in body ? { ...body, [name]: inside } : { ...others, [name]: inside };
}

/** The body in a text. Throws SyntaxError, whose message is for people. */
export function parseBody(text: string): RequestBody {
  const value: unknown = JSON.parse(text);
  if (!isObject(value)) throw new SyntaxError('A request is an object: { "cohort": ..., "metric": ... }.');
  return value;
}

export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The call as a line for a shell; the key is a variable there. */
export function curlLine(origin: string, property: string, body: RequestBody): string {
  const json = JSON.stringify(body).replaceAll("'", String.raw`'\''`);
  return [
    `curl -s '${origin}/v1/properties/${property}/requests?wait=10'`,
    `-H "Authorization: Bearer $KEY"`,
    `-H 'Content-Type: application/json'`,
    `-d '${json}'`,
  ].join(' \\\n  ');
}

/** The call with the client. */
export function typeScriptLines(origin: string, property: string, body: RequestBody): string {
  return `import { MusterClient } from '@muster/client';

const muster = new MusterClient({ url: '${origin}', apiKey: process.env.KEY });
const answer = await muster.property('${property}').ask(${JSON.stringify(body, null, 2)});`;
}

/** JSON Pointer (RFC 6901) of a path. */
export function pointerOf(path: Path): string {
  return path.map((name) => `/${name.replaceAll('~', '~0').replaceAll('/', '~1')}`).join('');
}
