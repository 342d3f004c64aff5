import { Controller, Get, Headers, Param, Query, Req, Res, type StreamableFile } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Audited } from '../access/audits.js';
import { grantsHere } from '../access/authorization.js';
import { Needs } from '../access/needs.js';
import { ALIAS_CHOICES, TRACKABLE_GROUPS, TRACKABLE_TYPES } from '../core/trackables/trackable.js';
import { ApiProblems, pageSchema } from '../platform/http/api-problems.js';
import { connectionClosed } from '../platform/http/connections.js';
import type { Page } from '../platform/http/page.js';
import { CurrentProperty } from '../properties/current-property.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { ApiList } from '../results/api-list.js';
import { Exports } from '../results/exports.service.js';
import {
  TrackableDto,
  TrackablePartDto,
  TrackableQuery,
  TrackablesQuery,
  TrackableTotalsDto,
  type TrackablePage,
} from './trackable.dto.js';
import { Trackables } from './trackables.service.js';

const PROBLEMS = [
  'invalid_parameter',
  'time_limit_exceeded',
  'memory_limit_exceeded',
  'engine_memory_exhausted',
  'too_many_previews',
  'too_many_exports',
  'engine_unavailable',
] as const;

const WHOLE = {
  type: { type: 'string', enum: [...TRACKABLE_TYPES] },
  name: { type: 'string' },
  application: { type: 'string', nullable: true },
  by: { type: 'string', enum: [...TRACKABLE_GROUPS] },
  aliases: { type: 'string', enum: [...ALIAS_CHOICES] },
  as_of: { type: 'string', format: 'date-time' },
  data_version: { type: 'integer' },
  totals: { $ref: getSchemaPath(TrackableTotalsDto) },
};

/** What applications track of their users: statistics, states, timers and sequences. */
@ApiTags('usage')
@ApiExtraModels(TrackableTotalsDto)
@Controller('v1/properties/:property/trackables')
export class TrackablesController {
  constructor(
    private readonly trackables: Trackables,
    private readonly exports: Exports,
  ) {}

  @Needs('usage:read')
  @Get()
  @ApiOperation({
    summary: 'List what is tracked',
    description:
      'By type, name and application, as the events are now. JSON gives a page, every other format all of it.',
  })
  @ApiList(TrackableDto, pageSchema(TrackableDto))
  @ApiProblems(...PROBLEMS)
  async list(
    @CurrentProperty() property: PropertyEntity,
    @Query() query: TrackablesQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<TrackableDto> | StreamableFile | null> {
    const format = this.exports.requestedFormat(query, accept, reply);
    if (format === 'json') return await this.trackables.list(property, query, connectionClosed(reply));
    const call = { format, query, reply, name: 'trackables' };
    return await this.exports.answer(call, (options) => this.trackables.wholeList(property, query, options));
  }

  @Needs('usage:read')
  @Audited('people.export')
  @Get(':type/:name')
  @ApiOperation({
    summary: 'Read a trackable',
    description:
      'Its figures, and these by application, version, user or state. `total` counts for each user the last value in each application; by version the last value while he used that version, so versions do not add up, and `added` does. By user it needs `people:read`. JSON gives a page with the totals, every other format all parts.',
  })
  @ApiParam({ name: 'type', enum: TRACKABLE_TYPES })
  @ApiParam({ name: 'name', description: 'The name under which it is tracked.', example: 'runs' })
  @ApiList(TrackablePartDto, pageSchema(TrackablePartDto, WHOLE))
  @ApiProblems('not_found', 'forbidden', ...PROBLEMS)
  async read(
    @CurrentProperty() property: PropertyEntity,
    @Param('type') type: string,
    @Param('name') name: string,
    @Query() query: TrackableQuery,
    @Headers('accept') accept: string | undefined,
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TrackablePage | StreamableFile | null> {
    const format = this.exports.requestedFormat(query, accept, reply);
    const asked = this.trackables.asked(type, name, query, grantsHere(request));
    if (format === 'json') return await this.trackables.parts(property, asked, query, connectionClosed(reply));
    const call = { format, query, reply, name: `${asked.question.type}-${asked.by}` };
    return await this.exports.answer(call, (options) => this.trackables.wholeParts(property, asked, options));
  }
}
