import { Controller, Get, Headers, Param, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { Audited } from '../access/audits.js';
import { Needs } from '../access/needs.js';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../platform/http/api-problems.js';
import { connectionClosed, setIdleLimit } from '../platform/http/connections.js';
import { decodeCursor, type Page } from '../platform/http/page.js';
import { CurrentProperty } from '../properties/current-property.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { ApiList } from '../results/api-list.js';
import { DEFAULT_LIMIT } from '../results/export-query.dto.js';
import { Exports } from '../results/exports.service.js';
import { type UserRow, UserRowDto } from '../results/user-row.dto.js';
import { UserValuesService } from '../results/user-values.service.js';
import { UserRows } from './user-rows.service.js';
import { storedUsers } from './answer/request-result.js';
import { UserValuesQuery } from './request-queries.dto.js';
import { RequestReader } from './request-reader.service.js';

const PAGE_SCHEMA = {
  type: 'object',
  required: ['data', 'next_cursor'],
  properties: {
    data: { type: 'array', items: { $ref: getSchemaPath(UserRowDto) } },
    next_cursor: { type: 'string', nullable: true, description: 'Give it as cursor to get the next page.' },
  },
};

@ApiTags('requests')
@Controller('v1/properties/:property/requests')
export class UserValuesController {
  constructor(
    private readonly reader: RequestReader,
    private readonly rows: UserRows,
    private readonly values: UserValuesService,
    private readonly exports: Exports,
  ) {}

  @Needs('requests:read', 'people:read')
  @Audited('people.export')
  @Get(':id/users')
  @ApiOperation({
    summary: 'Read the per-user values of a request',
    description:
      'The first reader waits until the rows are computed, as the run saw the data. In the order of the ids, byte by byte, in the format of `Accept` or `format`. JSON is paged, every other format holds all users. NDJSON has a line for each user, with a series with `slices`; CSV, Parquet and Arrow have `user`, with a series `from`, `to`, `label` and `age`, then the columns and for each `<column>.reason`.',
  })
  @ApiList(UserRowDto, PAGE_SCHEMA)
  @ApiProblems(
    'not_found',
    'not_finished',
    'no_result',
    'result_gone',
    'invalid_parameter',
    'too_many_exports',
    'limit_exceeded',
    'engine_unavailable',
  )
  async users(
    @CurrentProperty() property: PropertyEntity,
    @Param('id') id: string,
    @Query() query: UserValuesQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<UserRow> | StreamableFile> {
    const format = this.exports.requestedFormat(query, accept, reply);
    const requested = await this.reader.find(property.id, id);
    const stored = storedUsers(requested);
    if (format === 'json') {
      const cursor = decodeCursor(query.cursor, 3);
      // To compute the rows may take longer than a connection may rest.
      setIdleLimit(reply, 0);
      await this.rows.ensure(requested, property, connectionClosed(reply));
      return await this.values.page(stored, cursor, query.limit ?? DEFAULT_LIMIT);
    }
    const call = { format, query, reply, name: `${id}-users` };
    return await this.exports.answer(call, async (options) => {
      await this.rows.ensure(requested, property, options.signal);
      return await this.values.stream(stored, options);
    });
  }
}
