import { Controller, Delete, Get, HttpCode, Param, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs, NeedsSomewhere } from '../../access/needs.js';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal } from '../../access/current-principal.js';
import type { Principal } from '../../access/principal.js';
import { ApiPage, ApiProblems } from '../../platform/http/api-problems.js';
import { type Page, PageQuery } from '../../platform/http/page.js';
import { CurrentProperty } from '../current-property.js';
import { PropertyEntity } from '../property.entity.js';
import { DeletePropertyQuery, PropertyDeletionDto } from './property-deletion.dto.js';
import { PropertyDeletions } from './property-deletions.service.js';

@ApiTags('properties')
@Controller('v1')
export class PropertyDeletionsController {
  constructor(private readonly deletions: PropertyDeletions) {}

  @Needs('property:write')
  @Delete('properties/:property')
  @HttpCode(202)
  @ApiOperation({
    summary: 'Delete a property with all that it owns',
    description:
      'It is unknown from the answer on, and its slug is free. Events, users, cohorts, metrics, requests and results are removed afterwards; `Location` tells how far that is, and in the end what was deleted. There is no way back.',
  })
  @ApiAcceptedResponse({ type: PropertyDeletionDto, headers: { Location: { schema: { type: 'string' } } } })
  @ApiProblems('property_not_empty')
  async begin(
    @CurrentProperty() property: PropertyEntity,
    @CurrentPrincipal() principal: Principal,
    @Query() { force }: DeletePropertyQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PropertyDeletionDto> {
    const deletion = await this.deletions.begin(property, principal, force === 'true');
    reply.header('location', `/v1/property-deletions/${deletion.id}`);
    return deletion;
  }

  @NeedsSomewhere('property:read')
  @Get('property-deletions')
  @ApiOperation({ summary: 'List the deletions of properties', description: 'The newest first.' })
  @ApiPage(PropertyDeletionDto, 'The deletions.')
  list(@CurrentPrincipal() principal: Principal, @Query() query: PageQuery): Promise<Page<PropertyDeletionDto>> {
    return this.deletions.list(principal, query);
  }

  @NeedsSomewhere('property:read')
  @Get('property-deletions/:deletion')
  @ApiOperation({ summary: 'Show how far the deletion of a property is', description: 'In the end it is the receipt.' })
  @ApiOkResponse({ type: PropertyDeletionDto })
  @ApiProblems('not_found')
  get(@CurrentPrincipal() principal: Principal, @Param('deletion') id: string): Promise<PropertyDeletionDto> {
    return this.deletions.get(principal, id);
  }
}
