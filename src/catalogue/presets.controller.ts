import { Body, Controller, Get, Post, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../access/needs.js';
import type { FastifyReply } from 'fastify';
import { parseObject } from '../core/json-shape.js';
import { TRACKABLES_PACK } from '../core/metric/named/trackables-pack.js';
import { WEB_PACK } from '../core/metric/named/web-pack.js';
import { parseWikiMapping, wikimediaPack } from '../core/metric/named/wikimedia-pack.js';
import { ApiPage, ApiProblems } from '../platform/http/api-problems.js';
import { Page } from '../platform/http/page.js';
import { CurrentProperty } from '../properties/current-property.js';
import { Idempotent } from '../properties/idempotency/idempotent.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { ListedPresetDto, PresetDto, WikiMappingDto } from './preset.dto.js';
import { PresetsService } from './presets.service.js';

@ApiTags('metrics')
@Controller('v1/properties/:property')
export class PresetsController {
  constructor(private readonly presets: PresetsService) {}

  @Needs('metrics:read')
  @Get('metric-presets')
  @ApiOperation({
    summary: 'List the packs of named metrics',
    description: 'What each of them names, and what of it the property has already. All of them, on one page.',
  })
  @ApiPage(ListedPresetDto, 'The packs.')
  async list(@CurrentProperty() property: PropertyEntity): Promise<Page<ListedPresetDto>> {
    return new Page(await this.presets.list(property), null);
  }

  @Needs('metrics:write')
  @Post('metrics/presets/wikimedia')
  @Idempotent()
  @ApiOperation({
    summary: 'Name the metrics of Wikimedia',
    description:
      'Those of UserMetrics and Wikimetrics, as named metrics: all or none. Repeated, it makes those that are missing. The body may be left out.',
  })
  @ApiBody({ type: WikiMappingDto, required: false })
  @ApiCreatedResponse({ type: PresetDto, description: 'Some or all were made.' })
  @ApiOkResponse({ type: PresetDto, description: 'All were there.' })
  @ApiProblems('conflict', 'invalid_field', 'unknown_field')
  async wikimedia(
    @CurrentProperty() property: PropertyEntity,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PresetDto> {
    return answered(await this.presets.takeOver(property, wikimediaPack(parseWikiMapping(body))), reply);
  }

  @Needs('metrics:write')
  @Post('metrics/presets/web')
  @Idempotent()
  @ApiOperation({
    summary: 'Name the metrics of a web site',
    description:
      'Page views, sessions and bounces, visible time, conversions, revenue, interests and sources, over the events of the browser tracker: all or none. Repeated, it makes those that are missing. There is no body.',
  })
  @ApiCreatedResponse({ type: PresetDto, description: 'Some or all were made.' })
  @ApiOkResponse({ type: PresetDto, description: 'All were there.' })
  @ApiProblems('conflict', 'invalid_field', 'unknown_field')
  async web(
    @CurrentProperty() property: PropertyEntity,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PresetDto> {
    refuseFields(body);
    return answered(await this.presets.takeOver(property, WEB_PACK), reply);
  }

  @Needs('metrics:write')
  @Post('metrics/presets/trackables')
  @Idempotent()
  @ApiOperation({
    summary: 'Name the metrics of trackables',
    description:
      'Statistics, states, timers and sequences of applications: all or none. Repeated, it makes those that are missing. There is no body.',
  })
  @ApiCreatedResponse({ type: PresetDto, description: 'Some or all were made.' })
  @ApiOkResponse({ type: PresetDto, description: 'All were there.' })
  @ApiProblems('conflict', 'invalid_field', 'unknown_field')
  async trackables(
    @CurrentProperty() property: PropertyEntity,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PresetDto> {
    refuseFields(body);
    return answered(await this.presets.takeOver(property, TRACKABLES_PACK), reply);
  }
}

function answered(preset: PresetDto, reply: FastifyReply): PresetDto {
  reply.status(preset.created.length > 0 ? 201 : 200);
  return preset;
}

/** Their events and properties are called as the trackers call them. @throws Failure invalid_field, unknown_field */
function refuseFields(body: unknown): void {
  parseObject(body ?? {}, 'The body', []);
}
