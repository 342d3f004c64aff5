import { applyDecorators, Controller, Get, Headers, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { Needs } from '../access/needs.js';
import type { FastifyReply } from 'fastify';
import { Failure } from '../core/failure.js';
import { ApiProblems } from '../platform/http/api-problems.js';
import { JSON_MEDIA_TYPE } from '../platform/http/raw-body.js';
import { CurrentProperty } from '../properties/current-property.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { Produces } from '../platform/http/negotiation.js';
import { ExportStreams } from '../results/export-streams.service.js';
import { exportContent, EXPORT_TYPES } from '../results/export-format.js';
import { ExportQuery } from '../results/export-query.dto.js';
import { Exports } from '../results/exports.service.js';
import { answerTable, type AnswerTableName } from '../results/answer-table.js';
import { AnswerItems } from './answer/answer-items.js';
import { AnswerItemDto } from './answer/answer-parts.dto.js';
import { finishedResult } from './answer/request-result.js';
import { RequestReader } from './request-reader.service.js';

const JSON_TYPE = `${JSON_MEDIA_TYPE}; charset=utf-8`;
const ITEM = { $ref: getSchemaPath(AnswerItemDto) };
const LIST = { type: 'object', required: ['data'], properties: { data: { type: 'array', items: ITEM } } };
const FIELDS =
  'CSV, Parquet and Arrow have `<column>.<aggregator>` for every aggregator, then `<column>.n`, `<column>.n_undefined` and `<column>.undefined`, the counts by reason.';

/** A call for one of the tables. */
interface Call {
  readonly property: PropertyEntity;
  readonly id: string;
  readonly query: ExportQuery;
  readonly accept: string | undefined;
  readonly reply: FastifyReply;
}

@ApiTags('requests')
@ApiExtraModels(AnswerItemDto)
@Controller('v1/properties/:property/requests')
export class AnswerTablesController {
  constructor(
    private readonly reader: RequestReader,
    private readonly items: AnswerItems,
    private readonly streams: ExportStreams,
    private readonly exports: Exports,
  ) {}

  @Needs('requests:read')
  @Get(':id/aggregates')
  @ApiTable('Read the aggregates of a request', `One item, over the whole cohort and window. ${FIELDS}`)
  aggregates(
    @CurrentProperty() property: PropertyEntity,
    @Param('id') id: string,
    @Query() query: ExportQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return this.send('aggregates', { property, id, query, accept, reply });
  }

  @Needs('requests:read')
  @Get(':id/series')
  @ApiTable(
    'Read the series of a request',
    `By slice, then age: \`from\`, \`to\`, \`label\`, \`age\`, \`complete\`. ${FIELDS}`,
  )
  series(
    @CurrentProperty() property: PropertyEntity,
    @Param('id') id: string,
    @Query() query: ExportQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return this.send('series', { property, id, query, accept, reply });
  }

  @Needs('requests:read')
  @Get(':id/breakdown')
  @ApiTable(
    'Read the breakdown of a request',
    `By value: \`by\`, \`group\`, and beside JSON \`group.type\`, as \`group\` is a text there. ${FIELDS}`,
  )
  breakdown(
    @CurrentProperty() property: PropertyEntity,
    @Param('id') id: string,
    @Query() query: ExportQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return this.send('breakdown', { property, id, query, accept, reply });
  }

  @Needs('requests:read')
  @Get(':id/breakdown/series')
  @ApiTable('Read the series of all groups of a request', `By group, then as the series. ${FIELDS}`)
  breakdownSeries(
    @CurrentProperty() property: PropertyEntity,
    @Param('id') id: string,
    @Query() query: ExportQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<StreamableFile> {
    return this.send('breakdown/series', { property, id, query, accept, reply });
  }

  private async send(name: AnswerTableName, { property, id, query, accept, reply }: Call): Promise<StreamableFile> {
    const format = this.exports.requestedFormat(query, accept, reply);
    const requested = await this.reader.find(property.id, id);
    const { columns } = finishedResult(requested);
    const items = this.items.of(requested, name);
    if (items === null)
      throw new Failure('not_found', `The request has no ${name.replace('/', ' with a ')}. Send it with one.`);
    const table = answerTable(name, items, columns, requested.run.canonical.aggregators, this.items.hasRest(requested));
    if (format === 'json') return new StreamableFile(this.streams.tableJson(table), { type: JSON_TYPE });
    const call = { format, query, reply, name: `${id}-${name.replace('/', '-')}` };
    return await this.exports.answer(call, (options) => this.streams.table(table, options));
  }
}

function ApiTable(summary: string, description: string): MethodDecorator {
  return applyDecorators(
    Produces(...EXPORT_TYPES),
    ApiOperation({ summary, description }),
    ApiOkResponse({ description: 'The items as they are in the answer.', content: exportContent(LIST, ITEM) }),
    ApiProblems(
      'not_found',
      'not_finished',
      'no_result',
      'invalid_parameter',
      'too_many_exports',
      'limit_exceeded',
      'engine_unavailable',
    ),
  ) as MethodDecorator;
}
