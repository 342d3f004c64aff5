import supertest, { type Response } from 'supertest';

export type Method = 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** What a call sends beside its path. */
export interface Sent {
  readonly headers?: Readonly<Record<string, string>>;
  /** An object or a list goes as JSON; a text or bytes as they are, by the Content-Type of `headers`. */
  readonly body?: unknown;
}

export interface TestResponse {
  readonly status: number;
  readonly headers: Readonly<Record<string, string | undefined>>;
  /** The body as it came, unless it was compressed. */
  readonly bytes: Buffer;
  readonly text: string;
  /** The text as JSON. */
  json<T>(): T;
}

/**
 * A call over HTTP. Nothing is compressed unless the headers ask for it, no redirect is followed, and every status is
 * an answer.
 */
export async function callHttp(
  url: string,
  method: Method,
  path: string,
  { headers = {}, body }: Sent = {},
): Promise<TestResponse> {
  const verb = METHODS[method];
  const call = supertest(url)[verb](path);
  call
    .set({ 'accept-encoding': 'identity', ...headers })
    .redirects(0)
    .buffer(true)
    .parse(collect);
  if (typeof body === 'string' || Buffer.isBuffer(body)) {
    call.serialize(() => body as string).send(body);
  } else if (body !== undefined) call.send(body as object);
  const response: Response & { body: unknown } = await call.ok(() => true);
  const bytes = Buffer.isBuffer(response.body) ? response.body : Buffer.alloc(0);
  const text = bytes.toString('utf8');
  return {
    status: response.status,
    headers: response.headers as TestResponse['headers'],
    bytes,
    text,
    json: <T>() => JSON.parse(text) as T,
  };
}

const METHODS = { GET: 'get', HEAD: 'head', POST: 'post', PUT: 'put', PATCH: 'patch', DELETE: 'delete' } as const;

function collect(response: Response, done: (error: Error | null, bytes: Buffer) => void): void {
  const chunks: Buffer[] = [];
  response.on('data', (chunk: Buffer) => chunks.push(chunk));
  response.on('end', () => done(null, Buffer.concat(chunks)));
}
