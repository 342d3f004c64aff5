import { once } from 'node:events';
import { Agent, request, type IncomingMessage } from 'node:http';
import { connect } from 'node:net';
import { Readable } from 'node:stream';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { Body, Controller, Get, Module, Post, Query, Req } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Type } from 'class-transformer';
import { IsArray, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { pino } from 'pino';
import type { Config } from '../../../src/platform/config/config.js';
import { HealthModule } from '../../../src/platform/health/health.module.js';
import { Readiness } from '../../../src/platform/health/readiness.js';
import { createHttpApp } from '../../../src/platform/http/create-http-app.js';
import { HttpModule } from '../../../src/platform/http/http.module.js';
import { Page, pageOf } from '../../../src/platform/http/page.js';
import { PageQuery } from '../../../src/platform/http/page-query.dto.js';
import { RawBody, rawBodyOf } from '../../../src/platform/http/raw-body.js';

const JSON_LIMIT = 1024 * 1024;

class InnerDto {
  @IsArray()
  @IsString({ each: true, message: 'users must be a list of texts' })
  users!: string[];
}

class OuterDto {
  @IsString({ message: 'name must be a text' })
  name!: string;

  @IsOptional()
  @IsObject()
  @ValidateNested()
  @Type(() => InnerDto)
  inner?: InnerDto;
}

@Controller('v1/things')
class ThingsController {
  @Post()
  create(@Body() body: OuterDto): object {
    return { name: body.name, isDto: body instanceof OuterDto };
  }

  @Get()
  list(@Query() { limit, cursor }: PageQuery): Page<string> {
    const all = ['a', 'b', 'c'].filter((name) => cursor === undefined || name > 'b');
    return pageOf(all, limit, (name) => [name]);
  }

  @Get('plain')
  plain(): object {
    return {};
  }

  @Get('one')
  one(@Query('wait') wait?: string): object {
    return { wait };
  }

  @Get('defect')
  defect(): never {
    throw new Error('SELECT secret FROM table');
  }

  @Get('lost')
  lost(): never {
    throw Object.assign(new Error('connect'), { code: 'ECONNREFUSED' });
  }

  @Post('raw')
  @RawBody('application/x-ndjson')
  async raw(@Req() call: FastifyRequest): Promise<object> {
    const { mediaType, body } = rawBodyOf(call);
    if (Buffer.isBuffer(body)) return { mediaType, bytes: body.length };
    let bytes = 0;
    for await (const chunk of body as Readable) bytes += (chunk as Buffer).length;
    return { mediaType, bytes };
  }
}

@Module({
  imports: [HttpModule, HealthModule.forRoot({ inject: [], useFactory: () => ({ engine: async () => engineUp }) })],
  controllers: [ThingsController],
})
class EdgeModule {}

let engineUp = true;
let app: NestFastifyApplication;
let url: string;

const config = { jsonBodyLimitBytes: JSON_LIMIT, streamBodyLimitBytes: 10 * JSON_LIMIT } as Config;
const logLines: string[] = [];

beforeAll(async () => {
  const logger = pino({ level: 'info' }, { write: (line: string) => void logLines.push(line) });
  app = await createHttpApp(EdgeModule, { config, logger, nest: { logger: false } });
  await app.listen(0, '127.0.0.1');
  url = await app.getUrl();
});

afterAll(() => app.close());

type Answer = Awaited<ReturnType<typeof inject>>;

async function inject(
  method: 'GET' | 'POST' | 'PUT' | 'DELETE',
  path: string,
  payload?: string | Buffer,
  headers = {},
) {
  const type = payload === undefined ? {} : { 'content-type': 'application/json' };
  return app.inject({ method, url: path, headers: { ...type, ...headers }, ...(payload !== undefined && { payload }) });
}

function expectProblem(answer: Answer, status: number, code: string): Record<string, unknown> {
  const problem = answer.json<Record<string, unknown>>();
  expect([answer.statusCode, problem.code]).toEqual([status, code]);
  expect(answer.headers['content-type']).toMatch(/^application\/problem\+json/);
  expect(problem).toMatchObject({
    type: `urn:muster:error:${code}`,
    status,
    title: expect.any(String),
    detail: expect.any(String),
    instance: `urn:muster:request:${String(answer.headers['x-request-id'])}`,
  });
  return problem;
}

describe('nasty JSON bodies', () => {
  const nested = '['.repeat(2_000) + ']'.repeat(2_000);
  const keys = (count: number) =>
    JSON.stringify(Object.fromEntries(Array.from({ length: count }, (_, i) => [`k${i}`, i])));
  const cases: [string, string | Buffer, number, string][] = [
    ['malformed', '{"name": ', 400, 'malformed_body'],
    ['empty', '', 400, 'malformed_body'],
    ['byte order mark', '\ufeff{"name":"x"}', 400, 'malformed_body'],
    ['2,000 levels', nested, 400, 'body_too_complex'],
    ['2,000 levels of objects', '{"a":'.repeat(2_000), 400, 'body_too_complex'],
    ['50,000 keys', keys(50_000), 400, 'body_too_complex'],
    ['500,000 values', `{"name":[${'1,'.repeat(500_000)}1]}`, 400, 'body_too_complex'],
    ['a megabyte of open brackets', '['.repeat(JSON_LIMIT), 400, 'body_too_complex'],
    ['100 MB', Buffer.alloc(100e6, '['), 413, 'body_too_large'],
    ['invalid UTF-8', Buffer.from('{"name":"\xff"}', 'latin1'), 400, 'invalid_encoding'],
    ['an encoded surrogate', Buffer.from('{"name":"\xed\xa0\x80"}', 'latin1'), 400, 'invalid_encoding'],
    ['a bare NUL', '{"name":"\0"}', 400, 'malformed_body'],
    ['an escaped NUL', String.raw`{"name":"a\u0000"}`, 422, 'invalid_field'],
    ['a lone surrogate', String.raw`{"name":"\ud800"}`, 422, 'invalid_field'],
    ['a lone surrogate in a key', String.raw`{"name":"x","inner":{"\udfff":1}}`, 422, 'invalid_field'],
    ['__proto__', '{"name":"x","__proto__":{"a":1}}', 422, 'unknown_field'],
    ['__proto__, escaped', String.raw`{"name":"x","\u005f_proto__":{"a":1}}`, 422, 'unknown_field'],
    ['constructor', '{"name":"x","constructor":{"prototype":{}}}', 422, 'unknown_field'],
    ['null', 'null', 422, 'invalid_field'],
    ['an empty list', '[]', 422, 'invalid_field'],
    ['a text', '"x"', 422, 'invalid_field'],
    ['a list of objects', '[{"name":"x"}]', 422, 'invalid_field'],
  ];

  it.each(cases)('refuses %s', async (_, body, status, code) => {
    expectProblem(await inject('POST', '/v1/things', body), status, code);
  });

  it.each(cases)('spends less than 50 ms on %s', async (_, body) => {
    await inject('POST', '/v1/things', body);
    const delay = monitorEventLoopDelay({ resolution: 1 });
    delay.enable();
    await new Promise((resolve) => setTimeout(resolve, 5));
    delay.reset();
    await inject('POST', '/v1/things', body);
    await new Promise((resolve) => setTimeout(resolve, 5));
    delay.disable();
    expect(delay.max / 1e6).toBeLessThan(50);
  });

  it('names the place of a text that cannot be stored', async () => {
    const problem = expectProblem(
      await inject('POST', '/v1/things', String.raw`{"name":"x","inner":{"users":["a","b\u0000"]}}`),
      422,
      'invalid_field',
    );
    expect(problem.errors).toEqual([{ pointer: '/inner/users/1', detail: expect.stringContaining('NUL') }]);
  });

  it('takes a surrogate pair and other escapes', async () => {
    const answer = await inject('POST', '/v1/things', String.raw`{"name":"\ud83d\ude00 \u00e9"}`);
    expect([answer.statusCode, answer.json()]).toEqual([201, { name: '😀 é', isDto: true }]);
  });
});

describe('bodies over the wire', () => {
  it('refuses a body by its declared length, and the sender gets to read the answer', async () => {
    const answer = await fetch(`${url}/v1/things`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.alloc(30e6, ' '),
    });
    expect([answer.status, ((await answer.json()) as { code: string }).code]).toEqual([413, 'body_too_large']);
  });

  it('refuses a body without a declared length as soon as it is too long', async () => {
    const chunk = Buffer.alloc(65_536, ' ');
    const body = Readable.toWeb(
      Readable.from(
        (function* () {
          for (let i = 0; i < 400; i++) yield chunk;
        })(),
      ),
    );
    const init = { method: 'POST', headers: { 'content-type': 'application/json' }, body, duplex: 'half' };
    const answer = await fetch(`${url}/v1/things`, init as RequestInit);
    expect(answer.status).toBe(413);
  });

  it('stays usable on the same connection after a refused body', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const reused: boolean[] = [];
    for (const body of ['{', '{"name":"x"}']) {
      const headers = { 'content-type': 'application/json' };
      const call = request(`${url}/v1/things`, { method: 'POST', agent, headers });
      call.end(body);
      const [answer] = (await once(call, 'response')) as [IncomingMessage];
      await text(answer);
      reused.push(call.reusedSocket);
    }
    agent.destroy();
    expect(reused).toEqual([false, true]);
  });

  it('answers what is not HTTP with a problem', async () => {
    const socket = connect(Number(new URL(url).port), '127.0.0.1');
    socket.end('NONSENSE\r\n\r\n');
    expect(await text(socket)).toMatch(/^HTTP\/1\.1 400 Bad Request\r\n[\s\S]*application\/problem\+json/);
  });
});

describe('codings and media types', () => {
  it('inflates gzip', async () => {
    const answer = await inject('POST', '/v1/things', gzipSync('{"name":"x"}'), { 'content-encoding': 'gzip' });
    expect(answer.statusCode).toBe(201);
  });

  it('counts after inflating', async () => {
    const bomb = gzipSync(Buffer.alloc(20e6, ' '));
    expectProblem(await inject('POST', '/v1/things', bomb, { 'content-encoding': 'gzip' }), 413, 'body_too_large');
  });

  it.each([
    ['no gzip', Buffer.from('{"name":"x"}')],
    ['cut gzip', gzipSync('{"name":"x"}').subarray(0, 15)],
  ])('refuses %s', async (_, body) => {
    expectProblem(await inject('POST', '/v1/things', body, { 'content-encoding': 'gzip' }), 400, 'malformed_body');
  });

  it.each([
    ['another coding', { 'content-encoding': 'br' }],
    ['another charset', { 'content-type': 'application/json; charset=latin1' }],
    ['another type', { 'content-type': 'application/xml' }],
    ['a stream where none is taken', { 'content-type': 'application/x-ndjson' }],
    ['a type that is none', { 'content-type': 'nonsense' }],
  ])('refuses %s', async (_, headers) => {
    expectProblem(await inject('POST', '/v1/things', '{"name":"x"}', headers), 415, 'unsupported_media_type');
  });

  it('refuses a body without a type', async () => {
    const answer = await app.inject({ method: 'POST', url: '/v1/things', payload: Buffer.from('{}') });
    const problem = expectProblem(answer, 415, 'unsupported_media_type');
    expect(problem.detail).toContain('application/json');
  });

  it('takes a charset of UTF-8', async () => {
    const headers = { 'content-type': 'Application/JSON; charset="UTF-8"' };
    expect((await inject('POST', '/v1/things', '{"name":"x"}', headers)).statusCode).toBe(201);
  });
});

describe('raw routes', () => {
  it('get JSON as checked bytes, whatever the number of keys', async () => {
    const body = JSON.stringify(Array.from({ length: 5_000 }, (_, i) => ({ user: `u${i}` })));
    const answer = await inject('POST', '/v1/things/raw', gzipSync(body), { 'content-encoding': 'gzip' });
    expect(answer.json()).toEqual({ mediaType: 'application/json', bytes: body.length });
  });

  it('get the stream untouched', async () => {
    const body = gzipSync('{}\n{}\n');
    const headers = { 'content-type': 'application/x-ndjson; charset=utf-8', 'content-encoding': 'gzip' };
    const answer = await inject('POST', '/v1/things/raw', body, headers);
    expect(answer.json()).toEqual({ mediaType: 'application/x-ndjson', bytes: body.length });
  });

  it('refuse deep JSON, invalid UTF-8 and types they do not take', async () => {
    expectProblem(await inject('POST', '/v1/things/raw', '['.repeat(65)), 400, 'body_too_complex');
    expectProblem(await inject('POST', '/v1/things/raw', Buffer.from([0x22, 0xff, 0x22])), 400, 'invalid_encoding');
    const csv = await inject('POST', '/v1/things/raw', 'a', { 'content-type': 'text/csv' });
    expect(expectProblem(csv, 415, 'unsupported_media_type').detail).toContain('application/x-ndjson');
  });
});

describe('validation', () => {
  it('names every wrong field and what is known', async () => {
    const answer = await inject('POST', '/v1/things', '{"rule":{},"inner":{"users":[1],"more/or~less":1}}');
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
    expectProblem(await inject('POST', '/v1/things', '{"name":5}'), 422, 'invalid_field');
  });

  it('takes no body as an empty one', async () => {
    expectProblem(await inject('POST', '/v1/things'), 422, 'invalid_field');
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
  ])('refuses %s', async (query, parameter) => {
    const problem = expectProblem(await inject('GET', `/v1/things?${query}`), 400, 'invalid_parameter');
    expect(problem.errors).toEqual([{ parameter, detail: expect.any(String) }]);
  });

  it('refuses any parameter of a route that takes none, and unknown ones beside named ones', async () => {
    expectProblem(await inject('GET', '/v1/things/plain?a=1'), 400, 'invalid_parameter');
    expectProblem(await inject('GET', '/v1/things/one?wait=1&b=2'), 400, 'invalid_parameter');
    expect((await inject('GET', '/v1/things/one?wait=1')).json()).toEqual({ wait: '1' });
  });

  it('links to the next page, and only to one that exists', async () => {
    const first = await inject('GET', '/v1/things?limit=2');
    const { data, next_cursor } = first.json<{ data: string[]; next_cursor: string }>();
    expect(data).toEqual(['a', 'b']);
    expect(next_cursor).toMatch(/^[\w-]+$/);
    expect(first.headers.link).toBe(`</v1/things?limit=2&cursor=${next_cursor}>; rel="next"`);
    const last = await inject('GET', `/v1/things?cursor=${next_cursor}`);
    expect([last.json(), last.headers.link]).toEqual([{ data: ['c'], next_cursor: null }, undefined]);
  });
});

describe('routes', () => {
  it('answers unknown paths 404, whatever their body is', async () => {
    expectProblem(await inject('GET', '/v1/nothing'), 404, 'not_found');
    expectProblem(await inject('POST', '/v1/nothing', '{', { 'content-type': 'application/xml' }), 404, 'not_found');
  });

  it('answers a wrong method 405 with Allow', async () => {
    const answer = await inject('DELETE', '/v1/things?x=1');
    expectProblem(answer, 405, 'method_not_allowed');
    expect(answer.headers.allow).toBe('GET, HEAD, POST');
  });

  it('answers broken and overlong paths', async () => {
    expectProblem(await inject('GET', '/v1/%zz'), 400, 'invalid_parameter');
    expectProblem(await inject('GET', `/v1/${'x'.repeat(5_000)}`), 404, 'not_found');
  });

  it('tells nothing of a defect, and logs it', async () => {
    const answer = await inject('GET', '/v1/things/defect', undefined, { 'x-request-id': 'defect-1' });
    expectProblem(answer, 500, 'internal_error');
    expect(answer.body).not.toMatch(/SELECT|secret|\.ts/);
    expect(
      logLines.find((line) => line.includes('"request_id":"defect-1"') && line.includes('SELECT secret')),
    ).toBeDefined();
  });

  it('calls a lost database by its name', async () => {
    const answer = await inject('GET', '/v1/things/lost');
    expectProblem(answer, 503, 'database_unavailable');
    expect(answer.headers['retry-after']).toBe('2');
  });

  it('echoes a harmless request id and replaces others', async () => {
    const echoed = await inject('GET', '/v1/things', undefined, { 'x-request-id': 'abc-123' });
    expect(echoed.headers['x-request-id']).toBe('abc-123');
    const replaced = await inject('GET', '/v1/things', undefined, { 'x-request-id': 'a b"' });
    expect(replaced.headers['x-request-id']).toMatch(/^[\w-]{12}$/);
  });

  it('logs neither credentials nor queries', async () => {
    await inject('GET', '/v1/things?limit=7', undefined, { authorization: 'Bearer muster_sk_secret' });
    expect(logLines.filter((line) => /muster_sk|limit=7/.test(line))).toEqual([]);
  });
});

describe('health and documents', () => {
  it('serves the document and the page', async () => {
    const document = (await inject('GET', '/openapi.json')).json<{
      openapi: string;
      components: { schemas: object };
    }>();
    expect(document.openapi).toBe('3.1.0');
    expect(document.components.schemas).toHaveProperty('Problem');
    const page = await inject('GET', '/docs');
    expect(page.statusCode).toBe(200);
    expect(page.body).not.toMatch(/(src|href)="(https?:)?\/\//);
    expect((await inject('GET', '/docs/swagger-ui-bundle.js')).statusCode).toBe(200);
  });

  it('says which part is down', async () => {
    expect((await inject('GET', '/readyz')).json()).toEqual({ status: 'ready', checks: { engine: 'up' } });
    engineUp = false;
    const problem = expectProblem(await inject('GET', '/readyz'), 503, 'not_ready');
    expect(problem).toMatchObject({ phase: 'ready', checks: { engine: 'down' } });
    engineUp = true;
    expect((await inject('GET', '/livez')).statusCode).toBe(200);
  });

  it('refuses work while the process stops, and stays alive', async () => {
    app.get(Readiness).stop();
    expectProblem(await inject('GET', '/v1/things'), 503, 'shutting_down');
    expectProblem(await inject('GET', '/readyz'), 503, 'not_ready');
    expect((await inject('GET', '/livez')).statusCode).toBe(200);
  });
});
