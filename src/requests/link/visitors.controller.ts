import { Controller, Get, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { KeySlots } from '../../access/key-slots.service.js';
import { Needs } from '../../access/needs.js';
import { visitorsRequest } from '../../core/request/link/visitors-link.js';
import { ApiProblems } from '../../platform/http/api-problems.js';
import { CurrentWait, type Wait } from '../../platform/http/wait.js';
import { AnswerBodies, type AnswerBody } from '../answer/answer-body.js';
import { AnswerDto } from '../answer/answer.dto.js';
import { CurrentCaller, type Caller } from '../caller.js';
import { sendAccepted } from '../poll-response.js';
import { RunLinksService } from './run-links.service.js';
import { VisitorsQueryDto } from './visitors-query.dto.js';

@ApiTags('requests')
@Controller('v1/properties/:property/visitors')
export class VisitorsController {
  constructor(
    private readonly links: RunLinksService,
    private readonly bodies: AnswerBodies,
    private readonly slots: KeySlots,
  ) {}

  @Needs('requests:read')
  @Get()
  @ApiOperation({
    summary: 'Request the visitors by period by a link',
    description:
      'How many users had such an event, in each slice and in all, and by the values of a property such as `$source` or `$campaign`: `aggregates.occurred.proportion.positives`. It is a request of the metric occurrence over everybody, hashed, cached and listed like any other; nothing is read user by user.',
  })
  @ApiOkResponse({ type: AnswerDto, description: 'The answer, or the failure of its run.' })
  @ApiAcceptedResponse({
    type: AnswerDto,
    description: 'Accepted: the answer will be at Location, and at this link.',
    headers: { Location: { schema: { type: 'string' } }, 'Retry-After': { schema: { type: 'integer' } } },
  })
  @ApiProblems(
    'invalid_parameter',
    'invalid_field',
    'unknown_field',
    'invalid_window',
    'invalid_time',
    'invalid_filter',
    'limit_exceeded',
    'too_many_watchers',
  )
  async visitors(
    @CurrentCaller() caller: Caller,
    @Query() query: VisitorsQueryDto,
    @CurrentWait() wait: Wait,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerBody> {
    const linked = visitorsRequest(query);
    const submit = () => this.links.submitLinked(caller, linked, wait.ms);
    const answer = await this.slots.whileWaiting(wait, reply, submit);
    sendAccepted(reply, answer, caller.property.id);
    return this.bodies.body(answer, caller.grants);
  }
}
