import { Body, Controller, Post, Res } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../access/needs.js';
import type { FastifyReply } from 'fastify';
import { ApiProblems } from '../platform/http/api-problems.js';
import { CurrentProperty } from '../properties/current-property.js';
import { Idempotent } from '../properties/idempotency/idempotent.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { PresetDto, WikiMappingDto } from './preset.dto.js';
import { PresetsService } from './presets.service.js';

@ApiTags('metrics')
@Controller('v1/properties/:property/metrics/presets')
export class PresetsController {
  constructor(private readonly presets: PresetsService) {}

  @Needs('metrics:write')
  @Post('wikimedia')
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
    const preset = await this.presets.wikimedia(property, body);
    reply.status(preset.created.length > 0 ? 201 : 200);
    return preset;
  }
}
