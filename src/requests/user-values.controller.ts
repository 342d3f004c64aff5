import { Controller, Get, Headers, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Failure } from '../core/failure.js';
import { seriesPoints } from '../core/series/series-cells.js';
import { ApiProblems } from '../platform/http/api-problems.js';
import { decodeCursor, type Page } from '../platform/http/page.js';
import { CurrentProperty } from '../properties/current-property.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { FORMATS, formatOf } from '../results/format.js';
import type { UserRow } from '../results/user-row.js';
import { UserRowDto } from '../results/user-row.dto.js';
import { UserValuesService, type StoredResult } from '../results/user-values.service.js';
import { UserValuesQuery } from './request-queries.dto.js';
import { RequestsService } from './requests.service.js';
import { statusOf } from './to-answer.js';

const DEFAULT_LIMIT = 100;

const PAGE_SCHEMA = {
  type: 'object',
  required: ['data', 'next_cursor'],
  properties: {
    data: { type: 'array', items: { $ref: getSchemaPath(UserRowDto) } },
    next_cursor: { type: 'string', nullable: true, description: 'Give it as cursor to get the next page.' },
  },
};

@ApiTags('requests')
@ApiExtraModels(UserRowDto)
@Controller('v1/properties/:property/requests')
export class UserValuesController {
  constructor(
    private readonly requests: RequestsService,
    private readonly values: UserValuesService,
  ) {}

  @Get(':id/users')
  @ApiOperation({
    summary: 'Read the per-user values of a request',
    description:
      'In the order of the ids, byte by byte. JSON is paged; With a series each user has `slices`. NDJSON and CSV (`user`, with a series `from` and `age`, the columns, `<column>.reason`) are streams of all users, asked for by `Accept` or `format`.',
  })
  @ApiOkResponse({
    description: 'A page as JSON, or all users.',
    content: {
      [FORMATS.json]: { schema: PAGE_SCHEMA },
      [FORMATS.ndjson]: { schema: { $ref: getSchemaPath(UserRowDto) } },
      [FORMATS.csv]: { schema: { type: 'string' } },
    },
    headers: { Link: { description: 'The next page: <...>; rel="next"', schema: { type: 'string' } } },
  })
  @ApiProblems('not_found', 'not_finished', 'not_acceptable', 'invalid_parameter', 'engine_unavailable')
  async users(
    @CurrentProperty() property: PropertyEntity,
    @Param('id') id: string,
    @Query() query: UserValuesQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<UserRow> | StreamableFile> {
    const format = query.format ?? formatOf(accept);
    reply.header('vary', 'accept');
    const stored = await this.stored(property, id);
    if (format === 'json') {
      return this.values.page(stored, decodeCursor(query.cursor, 1)?.[0] ?? null, query.limit ?? DEFAULT_LIMIT);
    }
    refusePaging(query);
    const type = format === 'csv' ? `${FORMATS.csv}; charset=utf-8; header=present` : FORMATS.ndjson;
    return new StreamableFile(await this.values.stream(stored, format), { type });
  }

  private async stored(property: PropertyEntity, id: string): Promise<StoredResult> {
    const asked = await this.requests.find(property, id);
    const { result } = asked.run;
    const status = statusOf(asked);
    if (status !== 'succeeded' || result === null) {
      throw new Failure('not_finished', `The request is ${status}: it has values once it has succeeded.`);
    }
    return {
      target: { runId: asked.run.id, attempt: result.attempt },
      columns: result.columns,
      points: seriesPoints(asked.run.canonical),
    };
  }
}

/** A stream holds everybody; asking for a part of it is a mistake that would else go unnoticed. */
function refusePaging(query: UserValuesQuery): void {
  const parameter = (['limit', 'cursor'] as const).find((name) => query[name] !== undefined);
  if (parameter === undefined) return;
  const detail = `${parameter} is for pages of JSON; NDJSON and CSV hold all users.`;
  throw new Failure('invalid_parameter', detail, [{ parameter, detail }]);
}
