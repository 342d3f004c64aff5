import { Controller, Delete, Get, HttpCode, Param, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Audited } from '../../access/audits.js';
import { Needs, NeedsSomewhere, WhileArchived } from '../../access/needs.js';
import type { FastifyReply } from 'fastify';
import { CurrentPrincipal } from '../../access/current-principal.js';
import { KeySlots } from '../../access/key-slots.service.js';
import type { Principal } from '../../access/principal.js';
import { ApiPage, ApiProblems } from '../../platform/http/api-problems.js';
import { ApiEventStream, sendEvents } from '../../platform/http/event-stream.js';
import { type Page, PageQuery } from '../../platform/http/page.js';
import { CurrentWait, WaitQuery, type Wait } from '../../platform/http/wait.js';
import { CurrentProperty } from '../current-property.js';
import { PropertyEntity } from '../property.entity.js';
import { DeletePropertyQuery, PropertyDeletionDto } from './property-deletion.dto.js';
import { PropertyDeletions } from './property-deletions.service.js';

/** When to look again, in seconds. */
const PATIENCE_S = 2;

@ApiTags('properties')
@Controller('v1')
export class PropertyDeletionsController {
  constructor(
    private readonly deletions: PropertyDeletions,
    private readonly slots: KeySlots,
  ) {}

  @Needs('property:write')
  @WhileArchived()
  @Audited('property.delete')
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
  @ApiOkResponse({ type: PropertyDeletionDto, headers: { 'Retry-After': { schema: { type: 'integer' } } } })
  @ApiProblems('not_found', 'too_many_watchers')
  async get(
    @CurrentPrincipal() principal: Principal,
    @Param('deletion') id: string,
    @Query() _: WaitQuery,
    @CurrentWait() wait: Wait,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<PropertyDeletionDto> {
    const ended = () => this.deletions.get(principal, id, wait.ms);
    const deletion = await this.slots.whileWaiting(wait, reply, ended);
    if (deletion.finished_at === null) reply.header('retry-after', String(PATIENCE_S));
    return deletion;
  }

  @NeedsSomewhere('property:read')
  @Get('property-deletions/:deletion/events')
  @ApiEventStream()
  @ApiOperation({
    summary: 'Watch the deletion of a property',
    description:
      'Server-sent events named by the status, each with the deletion and how far it is; `succeeded` ends the stream. With `Last-Event-ID` it goes on behind that event.',
  })
  async watch(
    @CurrentPrincipal() principal: Principal,
    @Param('deletion') id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.slots.hold('watch', reply);
    await sendEvents(reply, this.deletions.watch(principal, id));
  }
}
