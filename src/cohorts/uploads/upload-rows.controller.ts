import { Controller, Get, Headers, Param, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import { Needs } from '../../access/needs.js';
import type { FastifyReply } from 'fastify';
import { ApiProblems, pageSchema } from '../../platform/http/api-problems.js';
import { Produces } from '../../platform/http/negotiation.js';
import type { Page } from '../../platform/http/page.js';
import { CurrentProperty } from '../../properties/current-property.js';
import { PropertyEntity } from '../../properties/property.entity.js';
import { exportContent, EXPORT_TYPES } from '../../results/export-format.js';
import { Exports } from '../../results/exports.service.js';
import { ExportStreams } from '../../results/export-streams.service.js';
import { UploadRowsQuery } from './upload-queries.dto.js';
import { UploadRowsService } from './upload-rows.service.js';
import { UploadRowDto } from './upload.dto.js';

@ApiTags('uploads')
@ApiExtraModels(UploadRowDto)
@Controller('v1/properties/:property/cohort-uploads/:id')
export class UploadRowsController {
  constructor(
    private readonly rows: UploadRowsService,
    private readonly streams: ExportStreams,
    private readonly exports: Exports,
  ) {}

  @Needs('cohorts:read', 'people:read')
  @Get('rows')
  @Produces(...EXPORT_TYPES)
  @ApiOperation({
    summary: 'Read the rows of an upload',
    description:
      'What the last validation that came to its end has found of each, in their order, asked for by `Accept` or `format`. JSON is paged; every other format holds all rows of the asked status.',
  })
  @ApiOkResponse({
    description: 'A page as JSON, or all rows.',
    content: exportContent(pageSchema(UploadRowDto), { $ref: getSchemaPath(UploadRowDto) }),
    headers: { Link: { description: 'The next page: <...>; rel="next"', schema: { type: 'string' } } },
  })
  @ApiProblems(
    'not_validated',
    'result_gone',
    'invalid_parameter',
    'too_many_exports',
    'limit_exceeded',
    'engine_unavailable',
  )
  async read(
    @CurrentProperty() property: PropertyEntity,
    @Param('id') id: string,
    @Query() query: UploadRowsQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<UploadRowDto> | StreamableFile> {
    const format = this.exports.requestedFormat(query, accept, reply);
    if (format === 'json') return await this.rows.page(property, id, query);
    const list = await this.rows.all(property, id, query);
    const call = { format, query, reply, name: `${id}-rows` };
    return await this.exports.answer(call, (options) => this.streams.list(list, options));
  }
}
