import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { send } from '../../support/ingest.js';
import { PACKAGE_ROOT } from '../../support/source-files.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { WIKI_EVENTS, WIKI_USERS } from '../../support/wiki.js';

/** A call as docs/parity.md writes it, and the part of its answer that it shows. */
interface Call {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body: object | undefined;
  readonly shown: object | undefined;
}

const BASE = '/v1/properties/default';
const MAKING = /^\/(cohorts|metrics)/;
const ASKING = /wait=/;
const BLOCK = /^```http\n(GET|POST) (\S+)\n(?:\n([\s\S]*?))?^```$(?:\n\n```json\n([\s\S]*?)^```$)?/gm;

function readCalls(): Call[] {
  const page = readFileSync(join(PACKAGE_ROOT, 'docs/parity.md'), 'utf8');
  return [...page.matchAll(BLOCK)].map(([, method, path = '', body, shown]) => ({
    method: method === 'GET' ? 'GET' : 'POST',
    path: path.replace(BASE, ''),
    body: body === undefined ? undefined : (JSON.parse(body) as object),
    shown: shown === undefined ? undefined : (JSON.parse(shown) as object),
  }));
}

describe('what the page of parity shows', () => {
  const calls = readCalls();
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    await send(app, 'users', ...WIKI_USERS);
    await send(app, 'events', ...WIKI_EVENTS);
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  it('is read whole', () => {
    const page = readFileSync(join(PACKAGE_ROOT, 'docs/parity.md'), 'utf8');
    expect(calls).toHaveLength(page.match(/^```http$/gm)?.length ?? 0);
    expect(calls.filter(({ shown }) => shown)).toHaveLength(page.match(/^```json$/gm)?.length ?? 0);
  });

  it.each(calls.map((call): [string, Call] => [nameOf(call), call]))('%s', async (_, { method, path, body, shown }) => {
    const response = await app.call(method, path, body);
    const answer = response.json<object>();
    // What is made is told as made; everything else is answered at once.
    expect({ status: response.status, answer }).toMatchObject({ status: MAKING.test(path) ? 201 : 200 });
    if (ASKING.test(path)) expect(answer).toMatchObject({ status: 'succeeded', error: null });
    if (shown) expect(answer).toMatchObject(shown);
  });
});

function nameOf({ method, path, body }: Call): string {
  return `${method} ${path} ${JSON.stringify(body ?? '').slice(0, 120)}`;
}
