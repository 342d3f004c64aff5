import { Controller, Get, Headers, Param, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../../access/audits.js';
import { Needs } from '../../access/needs.js';
import type { FastifyReply } from 'fastify';
import { ApiProblems, pageSchema } from '../../platform/http/api-problems.js';
import type { Page } from '../../platform/http/page.js';
import { CurrentProperty } from '../../properties/current-property.js';
import { PropertyEntity } from '../../properties/property.entity.js';
import { ApiList } from '../../results/api-list.js';
import { Exports } from '../../results/exports.service.js';
import { ExportStreams } from '../../results/export-streams.service.js';
import { UploadRowsQuery } from './upload-queries.dto.js';
import { UploadRowsService } from './upload-rows.service.js';
import { UploadRowDto } from './upload.dto.js';

@ApiTags('uploads')
@Controller('v1/properties/:property/cohort-uploads/:id')
export class UploadRowsController {
  constructor(
    private readonly rows: UploadRowsService,
    private readonly streams: ExportStreams,
    private readonly exports: Exports,
  ) {}

  @Needs('cohorts:read', 'people:read')
  @Audited('people.export')
  @Get('rows')
  @ApiOperation({
    summary: 'Read the rows of an upload',
    description:
      'What the last validation that came to its end has found of each, in their order, asked for by `Accept` or `format`. JSON is paged; every other format holds all rows of the asked status.',
  })
  @ApiList(UploadRowDto, pageSchema(UploadRowDto))
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
