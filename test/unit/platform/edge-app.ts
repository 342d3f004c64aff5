import { Readable } from 'node:stream';
import { Body, Controller, Get, Module, Post, Query, Req, StreamableFile } from '@nestjs/common';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { Type } from 'class-transformer';
import { IsArray, IsObject, IsOptional, IsString, ValidateNested } from 'class-validator';
import type { FastifyRequest } from 'fastify';
import { pino } from 'pino';
import type { Principal } from '../../../src/access/principal.js';
import type { Config } from '../../../src/platform/config/config.js';
import { readConfig } from '../../../src/platform/config/read-config.js';
import { HealthModule } from '../../../src/platform/health/health.module.js';
import { createHttpApp } from '../../../src/platform/http/create-http-app.js';
import { HttpModule } from '../../../src/platform/http/http.module.js';
import { pageOf, type Page, PageQuery } from '../../../src/platform/http/page.js';
import { RawBody, rawBodyOf } from '../../../src/platform/http/raw-body.js';
import { callHttp, type Method, type TestResponse } from '../../support/call-http.js';

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

  @Get('caller')
  caller(@Req() { ip }: FastifyRequest): object {
    return { ip };
  }

  @Get('users/:user')
  user(@Req() request: FastifyRequest): object {
    request.principal = { id: 'key_1' } as Principal;
    return {};
  }

  @Get('plain')
  plain(): object {
    return {};
  }

  @Get('endless')
  endless(): StreamableFile {
    const stream = new Readable({ read: () => undefined });
    stream.push('begun');
    return new StreamableFile(stream);
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
  imports: [
    HttpModule,
    HealthModule.forRoot({ inject: [], useFactory: () => ({ engine: async () => engineState.isUp }) }),
  ],
  controllers: [ThingsController],
})
class EdgeModule {}

export const engineState = { isUp: true };

/** The whole edge over small controllers of its own, without a store. Listens. */
export class EdgeApp {
  private constructor(
    readonly app: NestFastifyApplication,
    readonly url: string,
    readonly logLines: readonly string[],
  ) {}

  static async start(settings: Partial<Config> = {}): Promise<EdgeApp> {
    const logLines: string[] = [];
    const logger = pino({ level: 'info' }, { write: (line: string) => void logLines.push(line) });
    const app = await createHttpApp(EdgeModule, {
      config: { ...readConfig({}), ...settings },
      logger,
      nest: { logger: false },
    });
    await app.listen(0, '127.0.0.1');
    const url = (await app.getUrl()).replace(/^http:/, settings.tls ? 'https:' : 'http:');
    return new EdgeApp(app, url, logLines);
  }

  /** A body is JSON unless the headers say otherwise. */
  call(
    method: Method,
    path: string,
    body?: string | Buffer,
    headers: Record<string, string> = {},
  ): Promise<TestResponse> {
    const type: Record<string, string> = body === undefined ? {} : { 'content-type': 'application/json' };
    return callHttp(this.url, method, path, { headers: { ...type, ...headers }, body });
  }

  stop(): Promise<void> {
    return this.app.close();
  }
}

export function expectProblem(answer: TestResponse, status: number, code: string): Record<string, unknown> {
  const problem = answer.json<Record<string, unknown>>();
  expect([answer.status, problem.code]).toEqual([status, code]);
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
