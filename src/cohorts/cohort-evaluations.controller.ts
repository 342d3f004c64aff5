import {
  Controller,
  Delete,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  type StreamableFile,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { KeySlots } from '../access/key-slots.service.js';
import { Audited } from '../access/audits.js';
import { Needs } from '../access/needs.js';
import { isOver } from '../jobs/job-kind.js';
import { ApiPage, ApiProblems, pageSchema } from '../platform/http/api-problems.js';
import { ApiEventStream, sendEvents } from '../platform/http/event-stream.js';
import { type Page, PageQuery } from '../platform/http/page.js';
import { CurrentWait, WaitQuery, type Wait } from '../platform/http/wait.js';
import { CurrentProperty } from '../properties/current-property.js';
import { Idempotent } from '../properties/idempotency/idempotent.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { ApiList } from '../results/api-list.js';
import { Exports } from '../results/exports.service.js';
import { ExportStreams } from '../results/export-streams.service.js';
import { EvaluateQuery, EVALUATION_WAIT_S, EvaluationDto } from './cohort-evaluation.dto.js';
import { COHORT_EVALUATIONS } from './cohort-evaluation.entity.js';
import { CohortEvaluations } from './cohort-evaluations.service.js';
import { CohortMembersService } from './cohort-members.service.js';
import { MemberTextQuery } from './cohort-queries.dto.js';
import { CohortMemberDto } from './cohort.dto.js';

const COHORT = { name: 'cohort', description: 'Id or name of the cohort.' };
/** When to look again, in seconds. */
const PATIENCE_S = 2;

/** Evaluations of rules and sets: who was found in a version, by what data and as of when. */
@ApiTags('cohorts')
@Controller('v1/properties/:property/cohorts/:cohort/evaluations')
export class CohortEvaluationsController {
  constructor(
    private readonly evaluations: CohortEvaluations,
    private readonly cohortMembers: CohortMembersService,
    private readonly streams: ExportStreams,
    private readonly exports: Exports,
    private readonly slots: KeySlots,
  ) {}

  @Needs('cohorts:write')
  @Post()
  @Idempotent()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Evaluate a rule or set',
    description:
      'Works out who is in the current version by all data there are, and keeps the members. Answers when that has its end, or after `wait` seconds: then poll Location.',
  })
  @ApiParam(COHORT)
  @ApiCreatedResponse({ type: EvaluationDto, headers: { Location: { schema: { type: 'string' } } } })
  @ApiProblems('invalid_field', 'unknown_cohort', 'cohort_cycle', 'limit_exceeded', 'too_many_watchers')
  async evaluate(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Query() _: EvaluateQuery,
    @CurrentWait(EVALUATION_WAIT_S) wait: Wait,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EvaluationDto> {
    const evaluate = () => this.evaluations.evaluate(property, cohort, wait.ms);
    const evaluation = await this.slots.whileWaiting(wait, reply, evaluate);
    const path = `/v1/properties/${property.id}/cohorts/${encodeURIComponent(cohort)}/evaluations/${evaluation.id}`;
    reply.header('location', path);
    return send(reply, evaluation);
  }

  @Needs('cohorts:read')
  @Get()
  @ApiOperation({ summary: 'List the evaluations of a cohort', description: 'The newest first, of all versions.' })
  @ApiParam(COHORT)
  @ApiPage(EvaluationDto, 'The evaluations.')
  list(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Query() query: PageQuery,
  ): Promise<Page<EvaluationDto>> {
    return this.evaluations.list(property, cohort, query);
  }

  @Needs('cohorts:read')
  @Get(':id')
  @ApiOperation({
    summary: 'Show an evaluation',
    description: 'Its state, and once it has succeeded how many users were found.',
  })
  @ApiParam(COHORT)
  @ApiOkResponse({ type: EvaluationDto, headers: { 'Retry-After': { schema: { type: 'integer' } } } })
  @ApiProblems('too_many_watchers')
  async get(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Param('id') id: string,
    @Query() _: WaitQuery,
    @CurrentWait() wait: Wait,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EvaluationDto> {
    const ended = () => this.evaluations.get(property, cohort, id, wait.ms);
    return send(reply, await this.slots.whileWaiting(wait, reply, ended));
  }

  @Needs('cohorts:read')
  @Get(':id/events')
  @ApiEventStream()
  @ApiOperation({
    summary: 'Watch an evaluation',
    description:
      'Server-sent events named by the status, each with the evaluation: `queued` and `running`, then exactly one of `succeeded`, `failed` and `cancelled`, which ends the stream. With `Last-Event-ID` it goes on behind that event.',
  })
  @ApiParam(COHORT)
  async watch(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Param('id') id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.slots.hold('watch', reply);
    await sendEvents(reply, this.evaluations.watch(property, cohort, id));
  }

  @Needs('cohorts:write')
  @Audited('evaluation.delete')
  @Delete(':id')
  @ApiOperation({
    summary: 'Cancel an evaluation, or remove it',
    description:
      'One that has not ended is cancelled, for all who wait for it; the members found before stay. One that has ended is removed with its members: those of the cohort are then those of the evaluation before it.',
  })
  @ApiParam(COHORT)
  @ApiOkResponse({ type: EvaluationDto, description: 'The evaluation, cancelled.' })
  @ApiNoContentResponse({ description: 'The evaluation is removed.' })
  async remove(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Param('id') id: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EvaluationDto | undefined> {
    const cancelled = await this.evaluations.remove(property, cohort, id);
    if (cancelled === null) void reply.status(204);
    return cancelled ?? undefined;
  }

  @Needs('cohorts:read', 'people:read')
  @Audited('people.export')
  @Get(':id/members')
  @ApiOperation({
    summary: 'List whom an evaluation has found',
    description: 'Sorted by the bytes of their ids. Each version keeps the members of its three newest evaluations.',
  })
  @ApiParam(COHORT)
  @ApiList(CohortMemberDto, pageSchema(CohortMemberDto))
  @ApiProblems('not_evaluated', 'result_gone', 'too_many_exports', 'limit_exceeded', 'engine_unavailable')
  async membersOfEvaluation(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Param('id') id: string,
    @Query() query: MemberTextQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<CohortMemberDto> | StreamableFile> {
    const format = this.exports.requestedFormat(query, accept, reply);
    const evaluation = await this.evaluations.succeeded(property, cohort, id);
    if (format === 'json') return await this.cohortMembers.pageOfEvaluation(property, evaluation, query);
    const list = await this.cohortMembers.allOfEvaluation(property, evaluation, query.text);
    const call = { format, query, reply, name: `${id}-members` };
    return await this.exports.answer(call, (options) => this.streams.list(list, options));
  }
}

function send(reply: FastifyReply, evaluation: EvaluationDto): EvaluationDto {
  if (!isOver(COHORT_EVALUATIONS, evaluation.status)) reply.header('retry-after', String(PATIENCE_S));
  return evaluation;
}
