import { pageExamples, type PageExample } from '../../support/page-examples.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

/** Pages of docs/ whose calls are run as they stand, each in a property of its own. */
const PAGES = ['named-metrics.md', 'links.md', 'series.md'];

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

async function send(method: string, url: string, headers: object, payload?: string) {
  const authorization = `Bearer ${app.adminKey}`;
  const answer = await app.nest.inject({
    method: method as 'GET',
    url,
    headers: { authorization, ...headers },
    ...(payload !== undefined && { payload }),
  });
  return { status: answer.statusCode, text: answer.payload };
}

describe.each(PAGES)('the examples of docs/%s', (page) => {
  const slug = page.replace('.md', '');
  const examples = pageExamples(page);

  beforeAll(async () => {
    const json = { 'content-type': 'application/json' };
    const made = await send('POST', '/v1/properties', json, JSON.stringify({ slug }));
    expect(made).toMatchObject({ status: 201 });
  });

  it('are there, and some show their answers', () => {
    expect(examples.filter(({ shown }) => shown !== undefined).length).toBeGreaterThan(2);
  });

  it.each(examples.map((example): [string, PageExample] => [example.command.split('\n')[0] ?? '', example]))(
    '%s',
    async (_, { method, url, headers, body, shown }) => {
      const answer = await send(method, url.replace('$URL', `/v1/properties/${slug}`), headers, body);
      if (shown === undefined) expect([answer.status < 300, answer]).toEqual([true, answer]);
      else expect(JSON.parse(answer.text)).toMatchObject(shown as object);
    },
  );
});
