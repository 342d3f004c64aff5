import { Controller, Get, Headers, Param, Query, Res, StreamableFile } from '@nestjs/common';
import { ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Failure } from '../../core/failure.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import type { Page } from '../../platform/http/page.js';
import { readerGone } from '../../platform/http/reader-gone.js';
import { CurrentProperty } from '../../properties/current-property.js';
import { PropertyEntity } from '../../properties/property.entity.js';
import { FORMATS, formatOf } from '../../results/format.js';
import { refuse } from './asked-upload.js';
import { UploadRowsQuery } from './upload-queries.dto.js';
import { UploadRowsService } from './upload-rows.service.js';
import { UploadRowDto } from './upload.dto.js';

const ROW = { $ref: getSchemaPath(UploadRowDto) };
const PAGE = {
  type: 'object',
  required: ['data', 'next_cursor'],
  properties: { data: { type: 'array', items: ROW }, next_cursor: { type: 'string', nullable: true } },
};
const CSV = `${FORMATS.csv}; charset=utf-8; header=present`;

@ApiTags('uploads')
@ApiExtraModels(UploadRowDto)
@Controller('v1/properties/:property/cohort-uploads/:id')
export class UploadRowsController {
  constructor(private readonly rows: UploadRowsService) {}

  @Get('rows')
  @ApiOperation({
    summary: 'Read the rows of an upload',
    description:
      'What the last validation that came to its end has found of each, in their order, asked for by `Accept` or `format`. JSON is paged; NDJSON and CSV hold all rows of the asked status.',
  })
  @ApiOkResponse({
    description: 'A page as JSON, or all rows.',
    content: {
      [FORMATS.json]: { schema: PAGE },
      [FORMATS.ndjson]: { schema: ROW },
      [FORMATS.csv]: { schema: { type: 'string' } },
    },
    headers: { Link: { description: 'The next page: <...>; rel="next"', schema: { type: 'string' } } },
  })
  @ApiProblems('not_validated', 'result_gone', 'not_acceptable', 'invalid_parameter', 'engine_unavailable')
  async read(
    @CurrentProperty() property: PropertyEntity,
    @Param('id') id: string,
    @Query() query: UploadRowsQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<UploadRowDto> | StreamableFile> {
    const format = query.format ?? rowFormatOf(accept);
    reply.header('vary', 'accept');
    if (query.escape !== undefined && format !== 'csv')
      refuse('escape', 'escape is for CSV; every other format leaves texts as they are.');
    if (format === 'json') return await this.rows.page(property, id, query);
    const paging = (['limit', 'cursor'] as const).find((name) => query[name] !== undefined);
    if (paging) refuse(paging, `${paging} is for pages of JSON; every other format holds all rows.`);
    const stream = await this.rows.stream(property, id, query, format, readerGone(reply));
    const disposition = `attachment; filename="${id}-rows.${format}"`;
    return new StreamableFile(stream, { type: format === 'csv' ? CSV : FORMATS.ndjson, disposition });
  }
}

/** @throws Failure not_acceptable */
function rowFormatOf(accept: string | undefined): 'json' | 'ndjson' | 'csv' {
  const format = formatOf(accept);
  if (format === 'json' || format === 'ndjson' || format === 'csv') return format;
  throw new Failure('not_acceptable', `Ask for one of ${FORMATS.json}, ${FORMATS.ndjson}, ${FORMATS.csv}.`);
}
