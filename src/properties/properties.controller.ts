import { Body, Controller, Get, HttpCode, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal } from '../accounts/current-principal.js';
import type { Principal } from '../accounts/principal.js';
import { ApiPage, ApiProblems } from '../platform/http/api-problems.js';
import type { Page } from '../platform/http/page.js';
import { PageQuery } from '../platform/http/page-query.dto.js';
import { CreatePropertyDto } from './create-property.dto.js';
import { CurrentProperty } from './current-property.js';
import { Idempotent } from './idempotency/idempotent.js';
import { PropertiesService } from './properties.service.js';
import { PropertyDto } from './property.dto.js';
import { PropertyEntity } from './property.entity.js';

@ApiTags('properties')
@Controller('v1/properties')
export class PropertiesController {
  constructor(private readonly properties: PropertiesService) {}

  @Get()
  @ApiOperation({ summary: 'List the properties of the account', description: 'In the order of creation.' })
  @ApiPage(PropertyDto, 'The properties.')
  list(@CurrentPrincipal() principal: Principal, @Query() query: PageQuery): Promise<Page<PropertyDto>> {
    return this.properties.list(principal.accountId, query);
  }

  @Post()
  @Idempotent()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Create a property',
    description:
      'Its slug stands wherever its id may. It is in UTC, and its weeks begin on Monday, unless told otherwise.',
  })
  @ApiCreatedResponse({ type: PropertyDto, headers: { Location: { schema: { type: 'string' } } } })
  @ApiProblems('conflict', 'invalid_field', 'unknown_field')
  async create(
    @CurrentPrincipal() principal: Principal,
    @Body() body: CreatePropertyDto,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PropertyDto> {
    const property = await this.properties.create(principal.accountId, body);
    reply.header('location', `/v1/properties/${property.id}`);
    return property;
  }

  @Get(':property')
  @ApiOperation({
    summary: 'Show a property and its data version',
    description: 'The data version is the number up to which batches of events and users are in answers.',
  })
  get(@CurrentProperty() property: PropertyEntity): Promise<PropertyDto> {
    return this.properties.get(property);
  }
}
