import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../../access/audits.js';
import { Needs } from '../../access/needs.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { CurrentProperty } from '../../properties/current-property.js';
import { PropertyEntity } from '../../properties/property.entity.js';
import { CounterSettingsDto, CounterSettingsQuery, ReplaceCounterSettingsDto } from './counter-settings.dto.js';
import { CounterSettingsService } from './counter-settings.service.js';

@ApiTags('usage')
@Controller('v1/properties/:property/usage/settings')
export class CounterSettingsController {
  constructor(private readonly settings: CounterSettingsService) {}

  @Needs('usage:read')
  @Get()
  @ApiOperation({
    summary: 'Show how a property counts its use',
    description: 'The settings, what is open, and what the next roll-up takes from where it is.',
  })
  @ApiOkResponse({ type: CounterSettingsDto })
  get(@CurrentProperty() property: PropertyEntity): Promise<CounterSettingsDto> {
    return this.settings.get(property, new Date());
  }

  @Needs('property:write')
  @Audited('usage_settings.replace')
  @Put()
  @ApiOperation({
    summary: 'Replace how a property counts its use',
    description:
      'What is absent has its default. Where something is kept shorter, the next roll-up deletes it: `next_roll_up` tells how much, also beforehand with `preview=true`.',
  })
  @ApiBody({ type: ReplaceCounterSettingsDto })
  @ApiOkResponse({ type: CounterSettingsDto })
  @ApiProblems('invalid_field', 'unknown_field', 'invalid_time')
  replace(
    @CurrentProperty() property: PropertyEntity,
    @Query() { preview }: CounterSettingsQuery,
    @Body() body: unknown,
  ): Promise<CounterSettingsDto> {
    const now = new Date();
    return preview === 'true' ? this.settings.preview(property, body, now) : this.settings.replace(property, body, now);
  }
}
