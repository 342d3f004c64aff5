import { Body, Controller, Get, Headers, HttpCode, Post, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { MAX_KEYS } from '../../core/usage/counters/usage-batch.js';
import { Needs } from '../../access/needs.js';
import { ApiPage, ApiProblems, pageSchema } from '../../platform/http/api-problems.js';
import { type Page, PageQuery } from '../../platform/http/page.js';
import { JsonKeys } from '../../platform/http/raw-body.js';
import { CurrentProperty } from '../../properties/current-property.js';
import { PropertyEntity } from '../../properties/property.entity.js';
import { ApiList } from '../../results/api-list.js';
import { Exports } from '../../results/exports.service.js';
import { ExportStreams } from '../../results/export-streams.service.js';
import { Counting } from './counting.service.js';
import { BATCH_EXAMPLES, UsageBatchDto, UsageVerdictDto } from './usage-batch.dto.js';
import { UsageLists } from './usage-lists.service.js';
import { StoredMarkDto, UsageLineDto, UsagePeriodDto, UsageQuery } from './usage-period.dto.js';

/** Counters of use, without personal data. */
@ApiTags('usage')
@ApiExtraModels(UsagePeriodDto)
@Controller('v1/properties/:property/usage')
export class UsageCountersController {
  constructor(
    private readonly counting: Counting,
    private readonly lists: UsageLists,
    private readonly streams: ExportStreams,
    private readonly exports: Exports,
  ) {}

  @Needs('usage:write')
  @JsonKeys(MAX_KEYS)
  @Post()
  @HttpCode(200)
  @ApiOperation({
    summary: 'Count a batch',
    description:
      'Counts of events, ids that were seen, and marks: all of it, or nothing. A batch counts once by its id, however often it is sent; once it is answered it is durable. What is of a period that has been rolled up is refused with the first instant that is open (`first_open`, `first_open_seen`).',
  })
  @ApiBody({ type: UsageBatchDto, examples: BATCH_EXAMPLES })
  @ApiOkResponse({ type: UsageVerdictDto })
  @ApiProblems('invalid_field', 'unknown_field', 'invalid_time', 'limit_exceeded', 'period_closed')
  count(@CurrentProperty() property: PropertyEntity, @Body() body: unknown): Promise<UsageVerdictDto> {
    return this.counting.count(property, body, new Date());
  }

  @Needs('usage:read')
  @Get()
  @ApiOperation({
    summary: 'Read what was counted',
    description:
      'Periods, the newest first. JSON gives a page, with fewer than `limit` periods where they hold very many counts; every other format all of it, a line for each count. In months and years `seen` is `daily`, the mean a day.',
  })
  @ApiList(UsageLineDto, pageSchema(UsagePeriodDto))
  @ApiProblems('too_many_exports', 'engine_unavailable')
  async read(
    @CurrentProperty() property: PropertyEntity,
    @Query() query: UsageQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<UsagePeriodDto> | StreamableFile> {
    const format = this.exports.requestedFormat(query, accept, reply);
    if (format === 'json') return await this.lists.page(property, query, new Date());
    const table = this.lists.table(property, query, new Date());
    const call = { format, query, reply, name: 'usage' };
    return await this.exports.answer(call, (options) => this.streams.table(table, options));
  }

  @Needs('usage:read')
  @Get('marks')
  @ApiOperation({
    summary: 'List the marks',
    description: 'The newest first; `goLive` of the category `timeline` is the first instant that was counted.',
  })
  @ApiPage(StoredMarkDto, 'The marks.')
  marks(@CurrentProperty() property: PropertyEntity, @Query() query: PageQuery): Promise<Page<StoredMarkDto>> {
    return this.lists.marks(property, query);
  }
}
