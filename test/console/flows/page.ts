import { callHttp } from '../../support/call-http.js';
import { axeFindings, type ConsoleWorld } from '../console-world.js';

/** How the page is served, and its frame. */
export function pageFlows(world: () => ConsoleWorld): void {
  const get = (path: string, headers = {}) => callHttp(world().muster.url, 'GET', path, { headers });

  it('stands at every address of a view, and leaves other paths to the API', async () => {
    const page = await get('/');
    expect([page.status, page.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    for (const path of ['/sign-in', '/invitation', '/p/cdnow/requests', '/account/members']) {
      expect((await get(path)).text).toBe(page.text);
    }
    for (const path of ['/v1/nothing', '/nothing', '/assets/nothing.js']) {
      expect([(await get(path)).status, (await get(path)).headers['content-type']]).toEqual([
        path.startsWith('/v1') ? 401 : 404,
        'application/problem+json; charset=utf-8',
      ]);
    }
  });

  it('runs nothing inline, is asked for again, and what it loads never', async () => {
    const page = await get('/');
    const { etag = '' } = page.headers;
    expect(page.headers['content-security-policy']).toBe(
      "default-src 'none';script-src 'self';style-src 'self';img-src 'self' blob:;connect-src 'self';base-uri 'none';form-action 'none';frame-ancestors 'none'",
    );
    expect(page.headers['cache-control']).toBe('no-cache');
    expect((await get('/', { 'if-none-match': etag })).status).toBe(304);
    const [, script = ''] = /src="(\/assets\/[^"]+\.js)"/.exec(page.text) ?? [];
    const plain = await get(script);
    expect(plain.headers['cache-control']).toBe('public, max-age=31536000, immutable');
    for (const coding of ['br', 'gzip']) {
      const coded = await get(script, { 'accept-encoding': coding });
      expect([coded.status, coded.headers['content-encoding'], coded.headers['vary']]).toEqual([
        200,
        coding,
        'accept-encoding',
      ]);
    }
  });

  it('weighs at most 250 KB for the first view', async () => {
    const page = await world().open('/p/cdnow/requests');
    await page.getByRole('heading', { name: 'Requests' }).waitFor();
    const paths = await page.evaluate(() =>
      performance.getEntriesByType('resource').map(({ name }) => new URL(name).pathname),
    );
    const assets = paths.filter((path) => path.startsWith('/assets/'));
    const sizes = await Promise.all(
      assets.map(async (path) => (await get(path, { 'accept-encoding': 'gzip' })).headers['content-length']),
    );
    expect(assets.length).toBeGreaterThan(2);
    expect(sizes.reduce((sum, size) => sum + Number(size), 0)).toBeLessThan(250_000);
    expect(await axeFindings(page)).toEqual([]);
  });

  it('says of an address without a view, and of a property that is none, what there is', async () => {
    const page = await world().open('/p/cdnow/nothing');
    await page.getByRole('heading', { name: 'There is nothing here' }).waitFor();
    await page.goto('/p/nothing/requests');
    await page.getByRole('heading', { name: 'No such property' }).waitFor();
    await page.getByRole('main').getByRole('link', { name: 'CDNOW purchases' }).click();
    await page.getByRole('heading', { name: 'Ask' }).waitFor();
    expect(await axeFindings(page)).toEqual([]);
  });
}
