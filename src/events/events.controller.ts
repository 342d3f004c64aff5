import { Controller, Query, Req } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyRequest } from 'fastify';
import { Needs } from '../access/needs.js';
import { CurrentPrincipal } from '../access/current-principal.js';
import type { Principal } from '../access/principal.js';
import { CurrentProperty } from '../properties/current-property.js';
import { IngestAnswerDto } from '../properties/ingest/ingest-answer.dto.js';
import { EventsQuery } from '../properties/ingest/ingest-query.dto.js';
import { PostItems } from '../properties/ingest/post-items.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { EventDto } from './event.dto.js';
import { EventsService } from './events.service.js';

@ApiTags('events')
@Controller('v1/properties/:property/events')
export class EventsController {
  constructor(private readonly events: EventsService) {}

  @Needs('events:write')
  @PostItems(EventDto)
  @ApiOperation({
    summary: 'Send events',
    description:
      'A JSON array, NDJSON or CSV (header `id,user,event,time` and any other column as a property, `name`, `name:number` or `name:boolean`; parameters say where a file of another program has them), each also as gzip. Every item gets its verdict; a bad one never spoils the good ones. The same user, name, time and id count once, however often they are sent.',
  })
  ingest(
    @CurrentProperty() property: PropertyEntity,
    @CurrentPrincipal() { id: apiKeyId }: Principal,
    @Req() request: FastifyRequest,
    @Query() query: EventsQuery,
  ): Promise<IngestAnswerDto> {
    return this.events.ingest({ property, apiKeyId }, request, query);
  }
}
