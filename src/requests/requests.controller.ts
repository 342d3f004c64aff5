import { Body, Controller, Delete, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiOperation, ApiResponse, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiPage, ApiProblems } from '../platform/http/api-problems.js';
import type { Page } from '../platform/http/page.js';
import { Idempotent } from '../properties/idempotency/idempotent.js';
import { CurrentProperty } from '../properties/current-property.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { AnswerDto } from './answer/answer.dto.js';
import { LongPoll } from './answer/long-poll.js';
import { ASK_PROBLEMS } from './ask-problems.js';
import { AskDto } from './ask.dto.js';
import { CurrentAsker } from './current-asker.js';
import type { Asker } from './new-request.js';
import { AskQuery, ListRequestsQuery, WaitQuery } from './request-queries.dto.js';
import { RequestsService } from './requests.service.js';
import { tellAccepted, tellKnown } from './answer/tell-progress.js';
import { waitOf } from './wait-preference.js';

@ApiTags('requests')
@Controller('v1/properties/:property/requests')
export class RequestsController {
  constructor(
    private readonly requests: RequestsService,
    private readonly longPoll: LongPoll,
  ) {}

  @Post()
  @Idempotent()
  @ApiOperation({
    summary: 'Ask for a metric of a cohort',
    description: '200 with the answer when it is stored and fresh, or ready within `wait`; else 202: poll `Location`.',
  })
  @ApiBody({ type: AskDto })
  @ApiOkResponse({ type: AnswerDto, description: 'The answer, or the failure of its run.' })
  @ApiAcceptedResponse({
    type: AnswerDto,
    description: 'Accepted: the answer will be at Location.',
    headers: { Location: { schema: { type: 'string' } }, 'Retry-After': { schema: { type: 'integer' } } },
  })
  @ApiProblems(...ASK_PROBLEMS, 'result_not_cached', 'account_queue_full', 'queue_full')
  async ask(
    @CurrentAsker() asker: Asker,
    @Body() body: unknown,
    @Query() query: AskQuery,
    @Headers('prefer') prefer: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerDto> {
    const wait = waitOf(query.wait, prefer);
    const told = await this.requests.ask(asker, body, wait.ms);
    if (wait.preferred) reply.header('preference-applied', `wait=${wait.ms / 1000}`);
    return tellAccepted(reply, told, asker.property.id);
  }

  @Get()
  @ApiOperation({ summary: 'List requests', description: 'The newest first.' })
  @ApiPage(AnswerDto, 'The requests with their answers.')
  list(@CurrentAsker() asker: Asker, @Query() query: ListRequestsQuery): Promise<Page<AnswerDto>> {
    return this.requests.list(asker, query);
  }

  @Get(':id')
  @ApiOperation({
    summary: 'Show a request',
    description:
      'Its state, and the answer as soon as there is one. 200 in every state. With `wait` it is told when it has its end, or when the time is up.',
  })
  @ApiOkResponse({
    type: AnswerDto,
    description: 'The request in any state.',
    headers: { ETag: { schema: { type: 'string' } }, 'Retry-After': { schema: { type: 'integer' } } },
  })
  @ApiResponse({ status: 304, description: 'Nothing has changed since the answer that If-None-Match names.' })
  @ApiProblems('not_found')
  async get(
    @CurrentProperty() property: PropertyEntity,
    @Param('id') id: string,
    @Query() query: WaitQuery,
    @Headers('prefer') prefer: string | undefined,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerDto | undefined> {
    const wait = waitOf(query.wait, prefer);
    const told = await this.longPoll.get(property, id, wait.ms);
    if (wait.preferred) reply.header('preference-applied', `wait=${wait.ms / 1000}`);
    return tellKnown(reply.header('vary', 'prefer'), told, ifNoneMatch);
  }

  @Delete(':id')
  @ApiOperation({
    summary: 'Give a request up',
    description: 'Its run is stopped when no other request waits for it. The answer of a finished request stays.',
  })
  @ApiOkResponse({ type: AnswerDto, description: 'The request, cancelled unless it had finished.' })
  @ApiProblems('not_found')
  async cancel(@CurrentProperty() property: PropertyEntity, @Param('id') id: string): Promise<AnswerDto> {
    return (await this.requests.cancel(property, id)).answer;
  }
}
