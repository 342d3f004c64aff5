import { Body, Controller, Get, Put } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../access/audits.js';
import { Needs } from '../access/needs.js';
import type { CollectSettings } from '../core/collect/collect-settings.js';
import { ApiProblems } from '../platform/http/api-problems.js';
import { CurrentProperty } from '../properties/current-property.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { CollectSettingsDto } from './collect-settings.dto.js';
import { CollectSettingsService } from './collect-settings.service.js';

@ApiTags('collecting')
@Controller('v1/properties/:property/collecting')
export class CollectSettingsController {
  constructor(private readonly settings: CollectSettingsService) {}

  @Needs('property:read')
  @Get()
  @ApiOperation({ summary: 'Show what the property collects', description: 'In full, with the defaults.' })
  @ApiOkResponse({ type: CollectSettingsDto })
  async show(@CurrentProperty() { id }: PropertyEntity): Promise<CollectSettings> {
    return await this.settings.of(id);
  }

  @Needs('property:write')
  @Audited('collect_settings.replace')
  @Put()
  @ApiOperation({
    summary: 'Say what the property collects',
    description: 'Replaces the settings, for what comes from now on; what is absent or null has its default.',
  })
  @ApiBody({ type: CollectSettingsDto })
  @ApiOkResponse({ type: CollectSettingsDto })
  @ApiProblems('invalid_field', 'unknown_field', 'limit_exceeded')
  async replace(@CurrentProperty() { id }: PropertyEntity, @Body() body: unknown): Promise<CollectSettings> {
    return await this.settings.replace(id, body);
  }
}
