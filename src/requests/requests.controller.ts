import { Body, Controller, Delete, Get, Headers, Param, Post, Query, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiExtraModels,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiResponse,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { Audited } from '../access/audits.js';
import { Needs } from '../access/needs.js';
import type { FastifyReply } from 'fastify';
import { KeySlots } from '../access/key-slots.service.js';
import { ApiPage, ApiProblems } from '../platform/http/api-problems.js';
import { Idempotent } from '../properties/idempotency/idempotent.js';
import { AnswerBodies, type AnswerBody } from './answer/answer-body.js';
import { AnswerDto } from './answer/answer.dto.js';
import { SUBMIT_PROBLEMS, REQUEST_EXAMPLES, MetricRequestDto } from './metric-request.dto.js';
import { CurrentCaller, type Caller } from './caller.js';
import { ListRequestsQuery } from './request-queries.dto.js';
import { RequestList, type RequestPage } from './request-list.service.js';
import { IncludedAnswersDto, RequestSummaryDto } from './request-summary.dto.js';
import { sendAccepted, sendKnown } from './poll-response.js';
import { RequestReader } from './request-reader.service.js';
import { RequestRemoval } from './request-removal.service.js';
import { RequestSubmission } from './request-submission.service.js';
import { CurrentWait, WaitQuery, type Wait } from '../platform/http/wait.js';

@ApiTags('requests')
@Controller('v1/properties/:property/requests')
export class RequestsController {
  constructor(
    private readonly submission: RequestSubmission,
    private readonly reader: RequestReader,
    private readonly removal: RequestRemoval,
    private readonly bodies: AnswerBodies,
    private readonly requestList: RequestList,
    private readonly slots: KeySlots,
  ) {}

  @Needs('requests:read')
  @Post()
  @Idempotent(AnswerBodies)
  @ApiOperation({
    summary: 'Request a metric of a cohort',
    description: '200 with the answer when it is stored and fresh, or ready within `wait`; else 202: poll `Location`.',
  })
  @ApiBody({ type: MetricRequestDto, examples: REQUEST_EXAMPLES })
  @ApiOkResponse({ type: AnswerDto, description: 'The answer, or the failure of its run.' })
  @ApiAcceptedResponse({
    type: AnswerDto,
    description: 'Accepted: the answer will be at Location.',
    headers: { Location: { schema: { type: 'string' } }, 'Retry-After': { schema: { type: 'integer' } } },
  })
  @ApiProblems(...SUBMIT_PROBLEMS, 'result_not_cached', 'account_queue_full', 'too_many_watchers', 'queue_full')
  async ask(
    @CurrentCaller() caller: Caller,
    @Body() body: unknown,
    @Query() _: WaitQuery,
    @CurrentWait() wait: Wait,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerBody> {
    const answer = await this.slots.whileWaiting(wait, reply, () => this.submission.submit(caller, body, wait.ms));
    sendAccepted(reply, answer, caller.property.id);
    return this.bodies.body(answer, caller.grants);
  }

  @Needs('requests:read')
  @Get()
  @ApiOperation({
    summary: 'List requests',
    description:
      'The newest first, each with metric, cohort, state and size of the answer. With `include=answers` also the answers, as far as they fit into the budget of a page; `answers` says what was left out.',
  })
  @ApiExtraModels(IncludedAnswersDto)
  @ApiPage(RequestSummaryDto, 'The requests.', {
    answers: { allOf: [{ $ref: getSchemaPath(IncludedAnswersDto) }], description: 'With `include=answers`.' },
  })
  list(@CurrentCaller() caller: Caller, @Query() query: ListRequestsQuery): Promise<RequestPage> {
    return this.requestList.page(caller, query);
  }

  @Needs('requests:read')
  @Get(':id')
  @ApiOperation({
    summary: 'Show a request',
    description:
      'Its state, and the answer as soon as there is one. 200 in every state. With `wait` the response comes when the request has ended, or when the time is up.',
  })
  @ApiOkResponse({
    type: AnswerDto,
    description: 'The request in any state.',
    headers: { ETag: { schema: { type: 'string' } }, 'Retry-After': { schema: { type: 'integer' } } },
  })
  @ApiResponse({ status: 304, description: 'Nothing has changed since the answer that If-None-Match names.' })
  @ApiProblems('not_found', 'too_many_watchers')
  async get(
    @CurrentCaller() { property, grants }: Caller,
    @Param('id') id: string,
    @Query() _: WaitQuery,
    @CurrentWait() wait: Wait,
    @Headers('if-none-match') ifNoneMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerBody | undefined> {
    const answer = await this.slots.whileWaiting(wait, reply, () => this.reader.get(property.id, id, wait.ms));
    return sendKnown(reply.header('vary', 'prefer'), answer, ifNoneMatch)
      ? this.bodies.body(answer, grants)
      : undefined;
  }

  @Needs('requests:write')
  @Audited('request.delete')
  @Delete(':id')
  @ApiOperation({
    summary: 'Cancel a request, or remove it',
    description:
      'A request that has not ended is cancelled; its run is stopped when no other request waits for it. One that has ended is removed, with its result where no other request has that.',
  })
  @ApiOkResponse({ type: AnswerDto, description: 'The request, cancelled.' })
  @ApiNoContentResponse({ description: 'The request is removed.' })
  @ApiProblems('not_found')
  async remove(
    @CurrentCaller() { property, grants }: Caller,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<AnswerBody | undefined> {
    const reported = await this.removal.remove(property, id);
    if (reported === null) void reply.status(204);
    return reported === null ? undefined : this.bodies.body(reported, grants);
  }
}
