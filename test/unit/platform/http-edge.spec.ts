import { Readiness } from '../../../src/platform/health/readiness.js';
import { EdgeApp, engineState, expectProblem } from './edge-app.js';

let edge: EdgeApp;

beforeAll(async () => {
  edge = await EdgeApp.start();
});

afterAll(() => edge.stop());

describe('validation', () => {
  it('names every wrong field and what is known', async () => {
    const answer = await edge.call('POST', '/v1/things', '{"rule":{},"inner":{"users":[1],"more/or~less":1}}');
    const problem = expectProblem(answer, 422, 'unknown_field');
    expect(problem.errors).toEqual(
      expect.arrayContaining([
        { pointer: '/rule', detail: 'Unknown: "rule". Known here: inner, name.' },
        { pointer: '/name', detail: 'name must be a text.' },
        { pointer: '/inner/users', detail: 'users must be a list of texts.' },
        { pointer: '/inner/more~1or~0less', detail: expect.stringContaining('Known here: users') },
      ]),
    );
  });

  it('does not coerce', async () => {
    expectProblem(await edge.call('POST', '/v1/things', '{"name":5}'), 422, 'invalid_field');
  });

  it('takes no body as an empty one', async () => {
    expectProblem(await edge.call('POST', '/v1/things'), 422, 'invalid_field');
  });
});

describe('queries', () => {
  it.each([
    ['limit=0', 'limit'],
    ['limit=1001', 'limit'],
    ['limit=1e2', 'limit'],
    ['limit=', 'limit'],
    ['limit=5&limit=6', 'limit'],
    ['colour=red', 'colour'],
    ['cursor=a&cursor=b', 'cursor'],
    ['cursor=%00', 'cursor'],
    ['cursor=%ff', 'cursor'],
    ['limit=2&cursor=100%', 'cursor'],
    ['cur%zzor=a', 'cur%zzor'],
  ])('refuses %s', async (query, parameter) => {
    const problem = expectProblem(await edge.call('GET', `/v1/things?${query}`), 400, 'invalid_parameter');
    expect(problem.errors).toEqual([{ parameter, detail: expect.any(String) }]);
  });

  it('refuses any parameter of a route that takes none, and unknown ones beside named ones', async () => {
    expectProblem(await edge.call('GET', '/v1/things/plain?a=1'), 400, 'invalid_parameter');
    expectProblem(await edge.call('GET', '/v1/things/one?wait=1&b=2'), 400, 'invalid_parameter');
    expect((await edge.call('GET', '/v1/things/one?wait=1')).json()).toEqual({ wait: '1' });
  });

  it('links to the next page, and only to one that exists', async () => {
    const first = await edge.call('GET', '/v1/things?limit=2');
    const { data, next_cursor } = first.json<{ data: string[]; next_cursor: string }>();
    expect(data).toEqual(['a', 'b']);
    expect(next_cursor).toMatch(/^[\w-]+$/);
    expect(first.headers.link).toBe(`</v1/things?limit=2&cursor=${next_cursor}>; rel="next"`);
    const last = await edge.call('GET', `/v1/things?cursor=${next_cursor}`);
    expect([last.json(), last.headers.link]).toEqual([{ data: ['c'], next_cursor: null }, undefined]);
  });
});

describe('routes', () => {
  it('answers unknown paths 404, whatever their body is', async () => {
    expectProblem(await edge.call('GET', '/v1/nothing'), 404, 'not_found');
    expectProblem(await edge.call('POST', '/v1/nothing', '{', { 'content-type': 'application/xml' }), 404, 'not_found');
  });

  it('answers a wrong method 405 with Allow', async () => {
    const answer = await edge.call('DELETE', '/v1/things?x=1');
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.allow).toBe('GET, HEAD, POST');
  });

  it('answers a path that ends in a slash as it does without', async () => {
    expect((await edge.call('GET', '/v1/things/?limit=1')).text).toBe(
      (await edge.call('GET', '/v1/things?limit=1')).text,
    );
    expect((await edge.call('POST', '/v1/things/', '{"name":"x"}')).status).toBe(201);
    const answer = await edge.call('DELETE', '/v1/things/');
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.allow).toBe('GET, HEAD, POST');
    expectProblem(await edge.call('GET', '/v1/nothing/'), 404, 'not_found');
  });

  it('answers broken and overlong paths', async () => {
    expectProblem(await edge.call('GET', '/v1/%zz'), 400, 'invalid_parameter');
    expectProblem(await edge.call('GET', `/v1/${'x'.repeat(5_000)}`), 404, 'not_found');
  });

  it('tells nothing of a defect, and logs it', async () => {
    const answer = await edge.call('GET', '/v1/things/defect', undefined, { 'x-request-id': 'defect-1' });
    expectProblem(answer, 500, 'internal_error');
    expect(answer.text).not.toMatch(/SELECT|secret|\.ts/);
    expect(
      edge.logLines.find((line) => line.includes('"request_id":"defect-1"') && line.includes('SELECT secret')),
    ).toBeDefined();
  });

  it('calls a lost database by its name', async () => {
    const answer = await edge.call('GET', '/v1/things/lost');
    expectProblem(answer, 503, 'database_unavailable');
    expect(answer.headers['retry-after']).toBe('2');
  });

  it('echoes a harmless request id and replaces others', async () => {
    const echoed = await edge.call('GET', '/v1/things', undefined, { 'x-request-id': 'abc-123' });
    expect(echoed.headers['x-request-id']).toBe('abc-123');
    const replaced = await edge.call('GET', '/v1/things', undefined, { 'x-request-id': 'a b"' });
    expect(replaced.headers['x-request-id']).toMatch(/^[\da-f-]{36}$/);
  });

  it('logs who calls, and no id of a user', async () => {
    await edge.call('GET', '/v1/things/users/ann-7', undefined, { 'x-request-id': 'user-1' });
    await edge.call('GET', '/v1/thinks/users/ann-7', undefined, { 'x-request-id': 'user-2' });
    await edge.call('GET', '/v1/things/plain', undefined, { 'x-request-id': 'plain-1' });
    const line = (id: string) => JSON.parse(edge.logLines.find((one) => one.includes(`"request_id":"${id}"`))!);
    expect(line('user-1')).toMatchObject({ route: '/v1/things/users/:user', principal: 'key_1', status: 200 });
    expect(line('user-2')).toMatchObject({ status: 404 });
    expect(line('plain-1')).toMatchObject({ path: '/v1/things/plain' });
    expect(edge.logLines.filter((one) => one.includes('ann-7'))).toEqual([]);
  });

  it('logs neither credentials nor queries', async () => {
    await edge.call('GET', '/v1/things?limit=7', undefined, { authorization: 'Bearer muster_sk_secret' });
    expect(edge.logLines.filter((line) => /muster_sk|limit=7/.test(line))).toEqual([]);
  });
});

describe('health and documents', () => {
  it('serves the document and the page', async () => {
    const document = (await edge.call('GET', '/openapi.json')).json<{
      openapi: string;
      components: { schemas: object };
    }>();
    expect(document.openapi).toBe('3.1.0');
    expect(document.components.schemas).toHaveProperty('Problem');
    const page = await edge.call('GET', '/docs');
    expect(page.status).toBe(200);
    expect(page.text).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect((await edge.call('GET', '/docs/swagger-ui-bundle.js')).status).toBe(200);
  });

  it('keeps the page to scripts of its own, and out of frames', async () => {
    for (const path of ['/docs', '/docs/', '/docs/index.html', '/docs/swagger-ui-init.js']) {
      const { status, headers } = await edge.call('GET', path);
      const policy = String(headers['content-security-policy']).split(';');
      expect([path, status]).toEqual([path, 200]);
      expect(policy).toEqual(
        expect.arrayContaining(["default-src 'none'", "script-src 'self'", "frame-ancestors 'none'"]),
      );
      expect(headers).toMatchObject({ 'x-frame-options': 'DENY', 'x-content-type-options': 'nosniff' });
    }
    const page = (await edge.call('GET', '/docs')).text;
    expect(page.match(/<script/g)?.length).toBe(page.match(/<script src="/g)?.length);
  });

  it('says which part is down', async () => {
    expect((await edge.call('GET', '/readyz')).json()).toEqual({ status: 'ready', checks: { engine: 'up' } });
    engineState.isUp = false;
    const problem = expectProblem(await edge.call('GET', '/readyz'), 503, 'not_ready');
    expect(problem).toMatchObject({ phase: 'ready', checks: { engine: 'down' } });
    engineState.isUp = true;
    expect((await edge.call('GET', '/livez', undefined, { accept: 'text/html' })).status).toBe(200);
  });

  it('refuses work while the process stops, and stays alive', async () => {
    edge.app.get(Readiness).stop();
    expectProblem(await edge.call('GET', '/v1/things'), 503, 'shutting_down');
    expectProblem(await edge.call('GET', '/readyz'), 503, 'not_ready');
    expect((await edge.call('GET', '/livez')).status).toBe(200);
  });
});
