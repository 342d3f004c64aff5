import { Controller, Get } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../../access/needs.js';
import { CurrentProperty } from '../current-property.js';
import { PropertyEntity } from '../property.entity.js';
import { PropertySchemaDto, toPropertySchemaDto } from './property-schema.dto.js';
import { PropertySchemas } from './property-schemas.service.js';

@ApiTags('properties')
@Controller('v1/properties/:property/schema')
export class PropertySchemaController {
  constructor(private readonly schemas: PropertySchemas) {}

  @Needs('events:read')
  @Get()
  @ApiOperation({
    summary: 'Show what has come in',
    description:
      'Names of events, their properties with types, and traits: how often, from when to when, and a few values.',
  })
  @ApiOkResponse({ type: PropertySchemaDto })
  async get(@CurrentProperty() property: PropertyEntity): Promise<PropertySchemaDto> {
    return toPropertySchemaDto(await this.schemas.of(property.id));
  }
}
