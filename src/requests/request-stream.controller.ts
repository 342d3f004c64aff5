import { Controller, Get, Param, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { KeySlots } from '../access/key-slots.service.js';
import { Needs } from '../access/needs.js';
import { ApiEventStream, sendEvents } from '../platform/http/event-stream.js';
import { CurrentCaller, type Caller } from './caller.js';
import { RequestEvents } from './request-events.js';

@ApiTags('requests')
@Controller('v1/properties/:property/requests')
export class RequestStreamController {
  constructor(
    private readonly events: RequestEvents,
    private readonly slots: KeySlots,
  ) {}

  @Needs('requests:read')
  @Get(':id/events')
  @ApiEventStream()
  @ApiOperation({
    summary: 'Watch a request',
    description:
      'Server-sent events named by the state: `queued` and `running` with the progress, then exactly one of `succeeded`, `failed` and `cancelled` with the answer, which ends the stream. With `Last-Event-ID` it goes on behind that event. A comment comes at least every 15 seconds.',
  })
  async watch(
    @CurrentCaller() { property, grants }: Caller,
    @Param('id') id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.slots.hold('watch', reply);
    await sendEvents(reply, this.events.watch(property, id, grants));
  }
}
