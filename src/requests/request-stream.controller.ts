import { Readable } from 'node:stream';
import { Controller, Get, Headers, Param, Res } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { Needs } from '../access/needs.js';
import type { FastifyReply } from 'fastify';
import { KeySlots } from '../access/key-slots.service.js';
import { Failure } from '../core/failure.js';
import { ApiProblems } from '../platform/http/api-problems.js';
import { Produces } from '../platform/http/negotiation.js';
import { CurrentProperty } from '../properties/current-property.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { eventStream, RequestEvents } from './request-events.js';

const EVENT_STREAM = 'text/event-stream';

@ApiTags('requests')
@Controller('v1/properties/:property/requests')
export class RequestStreamController {
  constructor(
    private readonly events: RequestEvents,
    private readonly slots: KeySlots,
  ) {}

  @Needs('requests:read')
  @Get(':id/events')
  @Produces(EVENT_STREAM)
  @ApiOperation({
    summary: 'Watch a request',
    description:
      'Server-sent events named by the state: `queued` and `running` with the progress, then exactly one of `succeeded`, `failed` and `cancelled` with the answer, which ends the stream. With `Last-Event-ID` it goes on behind that event. A comment comes at least every 15 seconds.',
  })
  @ApiOkResponse({ description: 'The events.', content: { [EVENT_STREAM]: { schema: { type: 'string' } } } })
  @ApiNoContentResponse({ description: 'The last event has been sent: do not come back.' })
  @ApiProblems('not_found', 'too_many_watchers')
  async watch(
    @CurrentProperty() property: PropertyEntity,
    @Param('id') id: string,
    @Headers('last-event-id') lastEventId: string | undefined,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.slots.hold('watch', reply);
    const watched = this.events.watch(property, id);
    const now = await watched.read();
    if (now === null)
      throw new Failure('database_unavailable', 'The database cannot be reached. Try again in a moment.');
    if (now.isLast && now.id === lastEventId) return void reply.status(204).send();
    // Proxies that collect answers would hold the events back.
    reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no').type(`${EVENT_STREAM}; charset=utf-8`);
    reply.send(Readable.from(eventStream(watched, lastEventId ?? null)));
  }
}
