import { Body, Controller, Get, Headers, Put, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiBody, ApiExtraModels, ApiOkResponse, ApiOperation, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Audited } from '../../access/audits.js';
import { Needs } from '../../access/needs.js';
import { ApiPage, ApiProblems } from '../../platform/http/api-problems.js';
import { connectionClosed } from '../../platform/http/connections.js';
import { Produces } from '../../platform/http/negotiation.js';
import { PageQuery, type Page } from '../../platform/http/page.js';
import { CurrentProperty } from '../../properties/current-property.js';
import { PropertyEntity } from '../../properties/property.entity.js';
import { exportContent, EXPORT_TYPES } from '../../results/export-format.js';
import { ExportStreams } from '../../results/export-streams.service.js';
import { Exports } from '../../results/exports.service.js';
import { ActiveUsersQuery } from './active-users-query.dto.js';
import { ActiveUsersSettingsBodyDto, ActiveUsersSettingsDto, toSettingsDto } from './active-users-settings.dto.js';
import { ActiveUsersSettingsService } from './active-users-settings.service.js';
import { ActiveUsersStore } from './active-users-store.js';
import { activeUsersTable } from './active-users-table.js';
import { ActiveUsersDto, ActiveUsersHistoryDto, ActiveUsersPointDto, toComputedDto } from './active-users.dto.js';
import { ActiveUsers } from './active-users.service.js';

const ONE = { $ref: getSchemaPath(ActiveUsersDto) };
const POINT = { $ref: getSchemaPath(ActiveUsersPointDto) };
const ANSWER = { oneOf: [ONE, { $ref: getSchemaPath(ActiveUsersHistoryDto) }] };

@ApiTags('usage')
@ApiExtraModels(ActiveUsersDto, ActiveUsersHistoryDto, ActiveUsersPointDto)
@Controller('v1/properties/:property/active-users')
export class ActiveUsersController {
  constructor(
    private readonly activeUsers: ActiveUsers,
    private readonly settings: ActiveUsersSettingsService,
    private readonly store: ActiveUsersStore,
    private readonly streams: ExportStreams,
    private readonly exports: Exports,
  ) {}

  @Needs('usage:read')
  @Get()
  @Produces(...EXPORT_TYPES)
  @ApiOperation({
    summary: 'Count active users',
    description:
      'The newest figures that were computed; with `at` those of a past instant, with `from` a history with one point for the end of each slice, both counted when they are asked for. Beside JSON a table with a row for each instant, and `<window>.users` and `<window>.new` for each window.',
  })
  @ApiOkResponse({
    description: 'The figures of one instant, or a history.',
    content: exportContent(ANSWER, { oneOf: [ONE, POINT] }),
  })
  @ApiProblems(
    'invalid_parameter',
    'limit_exceeded',
    'time_limit_exceeded',
    'memory_limit_exceeded',
    'engine_memory_exhausted',
    'too_many_previews',
    'too_many_exports',
  )
  async get(
    @CurrentProperty() property: PropertyEntity,
    @Query() query: ActiveUsersQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ActiveUsersDto | ActiveUsersHistoryDto | StreamableFile | null> {
    const format = this.exports.requestedFormat(query, accept, reply);
    const requested = this.activeUsers.parse(property, query);
    const gone = connectionClosed(reply);
    const answer =
      requested.kind === 'history'
        ? await this.activeUsers.history(property, requested, gone)
        : await this.activeUsers.single(property, requested.kind === 'at' ? requested.atMs : null, gone);
    if (format === 'json' || answer === null) return answer;
    const table = 'data' in answer ? activeUsersTable('history', answer.data) : activeUsersTable('single', [answer]);
    const call = { format, query, reply, name: 'active-users' };
    return await this.exports.answer(call, (options) => this.streams.table(table, options));
  }

  @Needs('usage:read')
  @Get('computed')
  @ApiOperation({
    summary: 'List the active users that were computed',
    description:
      'As they were computed, by the settings and the data of their time; the newest first. Kept for MUSTER_ACTIVE_USERS_KEEP_DAYS.',
  })
  @ApiPage(ActiveUsersDto, 'The figures.')
  async computed(@CurrentProperty() { id }: PropertyEntity, @Query() query: PageQuery): Promise<Page<ActiveUsersDto>> {
    return (await this.store.list(id, query)).map(toComputedDto);
  }

  @Needs('usage:read')
  @Get('settings')
  @ApiOperation({
    summary: 'Show what the property calls active users',
    description: 'In full, with the defaults of what nobody has set.',
  })
  @ApiOkResponse({ type: ActiveUsersSettingsDto })
  async show(@CurrentProperty() { id }: PropertyEntity) {
    return toSettingsDto(await this.settings.of(id));
  }

  @Needs('property:write')
  @Audited('active_users_settings.replace')
  @Put('settings')
  @ApiOperation({
    summary: 'Say what the property calls active users',
    description: 'Replaces the settings; what is absent or null has its default. The figures are computed anew soon.',
  })
  @ApiBody({ type: ActiveUsersSettingsBodyDto })
  @ApiOkResponse({ type: ActiveUsersSettingsDto })
  @ApiProblems('invalid_field', 'unknown_field', 'invalid_time', 'invalid_filter', 'limit_exceeded')
  async replace(@CurrentProperty() { id }: PropertyEntity, @Body() body: unknown) {
    return toSettingsDto(await this.settings.replace(id, body));
  }
}
