import { pageExamples, pageProperty, SERVER, type PageExample } from '../../support/page-examples.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { callHttp, type Method, type TestResponse } from '../../support/call-http.js';

/** Pages of docs/ whose calls are run as they stand, each in the property that it makes. */
const PAGES = [
  '../README.md',
  'named-metrics.md',
  'links.md',
  'series.md',
  'exports.md',
  'cohorts.md',
  'cohort-uploads.md',
  'corrections.md',
  'properties.md',
  'importing.md',
  'access.md',
  'usage-counters.md',
  'active-users.md',
  'trackables.md',
  'browser-tracker.md',
  'collecting.md',
  'privacy.md',
];

let stores: TestStores;
let app: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

function call(method: string, path: string, headers: object, body?: string): Promise<TestResponse> {
  const authorization = `Bearer ${app.adminKey}`;
  return callHttp(app.url, method as Method, path, { headers: { authorization, ...headers }, body });
}

const NEWEST = { $ID: 'requests', $UPLOAD: 'cohort-uploads', $EVALUATION: 'cohorts/buyers/evaluations' };

/** Keys are listed in the order of creation. */
async function newestKey(): Promise<string> {
  const keys = await call('GET', '/v1/account/keys?limit=1000', {});
  return keys.json<{ data: { id: string }[] }>().data.at(-1)?.id ?? '';
}

/** The last public key that was made: its secret is told once. */
let publicKey = '';

function notePublicKey({ text }: TestResponse): void {
  publicKey = /"secret": ?"(muster_pk_\w+)"/.exec(text)?.[1] ?? publicKey;
}

/** The variables as the pages set them: the newest request, upload, or evaluation, the public key, the present time. */
async function withId(base: string, given: string): Promise<string> {
  const text = given.replaceAll('$PUBLIC_KEY', publicKey).replaceAll('$NOW', new Date().toISOString());
  if (text.includes('$KEY_ID')) return text.replace('$KEY_ID', await newestKey());
  const [name, list] = Object.entries(NEWEST).find(([variable]) => text.includes(variable)) ?? [];
  if (name === undefined) return text;
  const newest = await call('GET', `${base}/${list}?limit=1`, {});
  return text.replace(name, (JSON.parse(newest.text) as { data: { id: string }[] }).data[0]?.id ?? '');
}

it('are read in any order: no page shares its property', () => {
  expect(new Set(PAGES.map(pageProperty)).size).toBe(PAGES.length);
});

describe.each(PAGES)('the examples of docs/%s', (page) => {
  const slug = pageProperty(page);
  const examples = pageExamples(page);

  it('are there, and some show their answers', () => {
    expect(
      examples.filter(({ shown, shownText }) => shown !== undefined || shownText !== undefined).length,
    ).toBeGreaterThan(2);
  });

  it.each(examples.map((example): [string, PageExample] => [example.command.split('\n')[0] ?? '', example]))(
    '%s',
    async (_, { method, url, headers, body, shown, shownText }) => {
      const base = `/v1/properties/${slug}`;
      const path = (await withId(base, url)).replace('$URL', base).replace(SERVER, '');
      const answer = await call(method, path, headers, body && (await withId(base, body)));
      notePublicKey(answer);
      if (shownText !== undefined) return expect(answer.text.replaceAll('\r\n', '\n')).toBe(shownText);
      if (shown === undefined) expect([answer.status < 300, answer]).toEqual([true, answer]);
      else expect(JSON.parse(answer.text)).toMatchObject(shown as object);
    },
  );
});
