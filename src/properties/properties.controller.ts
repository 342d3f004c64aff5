import { Body, Controller, Get, Headers, HttpCode, Patch, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiHeader, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../access/audits.js';
import { Needs, NeedsOfAccount, NeedsSomewhere, WhileArchived } from '../access/needs.js';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal } from '../access/current-principal.js';
import type { Principal } from '../access/principal.js';
import { ApiPage, ApiProblems } from '../platform/http/api-problems.js';
import { etagOf } from '../platform/http/entity-tags.js';
import type { Page } from '../platform/http/page.js';
import { ChangePropertyDto, CreatePropertyDto } from './create-property.dto.js';
import { CurrentProperty } from './current-property.js';
import { Idempotent } from './idempotency/idempotent.js';
import { PropertiesService } from './properties.service.js';
import { ListPropertiesQuery, PropertyDto } from './property.dto.js';
import { PropertyEntity } from './property.entity.js';

const ETAG = { ETag: { description: 'The version, for If-Match.', schema: { type: 'string' as const } } };
const IF_MATCH = {
  name: 'if-match',
  required: false,
  description: 'The ETag of the version that is to be changed; another one is refused.',
};

@ApiTags('properties')
@Controller('v1/properties')
export class PropertiesController {
  constructor(private readonly properties: PropertiesService) {}

  @NeedsSomewhere('property:read')
  @Get()
  @ApiOperation({
    summary: 'List the properties of the account',
    description: 'Those that the caller sees and that are in use, in the order of creation.',
  })
  @ApiPage(PropertyDto, 'The properties.')
  list(@CurrentPrincipal() principal: Principal, @Query() query: ListPropertiesQuery): Promise<Page<PropertyDto>> {
    return this.properties.list(principal, query);
  }

  @NeedsOfAccount('property:write')
  @Audited('property.create')
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

  @Needs('property:read')
  @Get(':property')
  @ApiOperation({
    summary: 'Show a property and its data version',
    description: 'The data version is the number up to which batches of events and users are in answers.',
  })
  @ApiOkResponse({ type: PropertyDto, headers: ETAG })
  async get(
    @CurrentProperty() property: PropertyEntity,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PropertyDto> {
    return tagged(reply, await this.properties.get(property));
  }

  @Needs('property:write')
  @Audited('property.change')
  @Patch(':property')
  @ApiOperation({
    summary: 'Change a property',
    description:
      'Slug, name, time zone and first day of the week; what is absent stays. Zone and week are defaults of requests, which have theirs written down: no stored answer changes, and no hash.',
  })
  @ApiHeader(IF_MATCH)
  @ApiOkResponse({ type: PropertyDto, headers: ETAG })
  @ApiProblems('conflict', 'precondition_failed', 'invalid_field', 'unknown_field')
  async change(
    @CurrentProperty() property: PropertyEntity,
    @Body() body: ChangePropertyDto,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PropertyDto> {
    return tagged(reply, await this.properties.change(property, body, ifMatch));
  }

  @Needs('property:write')
  @WhileArchived()
  @Audited('property.archive')
  @Post(':property/archive')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Put a property away',
    description:
      'Lists leave it out, and whoever sends to it or changes something in it is refused (409 `property_archived`). Requests are answered as before.',
  })
  @ApiHeader(IF_MATCH)
  @ApiOkResponse({ type: PropertyDto, headers: ETAG })
  @ApiProblems('precondition_failed')
  async archive(
    @CurrentProperty() property: PropertyEntity,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PropertyDto> {
    return tagged(reply, await this.properties.archive(property, true, ifMatch));
  }

  @Needs('property:write')
  @WhileArchived()
  @Audited('property.restore')
  @Post(':property/restore')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take a property back that was put away', description: 'As it was.' })
  @ApiHeader(IF_MATCH)
  @ApiOkResponse({ type: PropertyDto, headers: ETAG })
  @ApiProblems('precondition_failed')
  async restore(
    @CurrentProperty() property: PropertyEntity,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PropertyDto> {
    return tagged(reply, await this.properties.archive(property, false, ifMatch));
  }
}

function tagged(reply: FastifyReply, property: PropertyDto): PropertyDto {
  reply.header('etag', etagOf(property.version));
  return property;
}
