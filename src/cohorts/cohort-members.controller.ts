import {
  applyDecorators,
  Controller,
  Get,
  Headers,
  HttpCode,
  Param,
  Post,
  Query,
  Res,
  type StreamableFile,
  type Type,
} from '@nestjs/common';
import {
  ApiCreatedResponse,
  ApiExtraModels,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
  getSchemaPath,
} from '@nestjs/swagger';
import { Needs } from '../access/needs.js';
import type { FastifyReply } from 'fastify';
import { KeySlots } from '../access/key-slots.service.js';
import { ApiPage, ApiProblems, pageSchema } from '../platform/http/api-problems.js';
import { Produces } from '../platform/http/negotiation.js';
import { type Page, PageQuery } from '../platform/http/page.js';
import { CurrentWait, type Wait } from '../platform/http/wait.js';
import { CurrentProperty } from '../properties/current-property.js';
import { Idempotent } from '../properties/idempotency/idempotent.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { exportContent, EXPORT_TYPES } from '../results/export-format.js';
import { ListExportQuery } from '../results/export-query.dto.js';
import { Exports } from '../results/exports.service.js';
import { ExportStreams } from '../results/export-streams.service.js';
import { CohortCatalogue } from './cohort-catalogue.service.js';
import { EvaluateQuery, EVALUATION_WAIT_S, EvaluationDto } from './cohort-evaluation.dto.js';
import { CohortEvaluations } from './cohort-evaluations.service.js';
import { CohortMembersService } from './cohort-members.service.js';
import { DifferenceQuery, MemberQuery } from './cohort-queries.dto.js';
import { ChangedMemberDto, CohortDifferenceDto, CohortMemberDto, CohortVersionDto } from './cohort.dto.js';

const EXPORT_PROBLEMS = ['too_many_exports', 'limit_exceeded', 'engine_unavailable'] as const;
const COHORT = { name: 'cohort', description: 'Id or name of the cohort.' };

/** Who is in a cohort: its versions and their members. */
@ApiTags('cohorts')
@Controller('v1/properties/:property/cohorts/:cohort')
export class CohortMembersController {
  constructor(
    private readonly catalogue: CohortCatalogue,
    private readonly cohortMembers: CohortMembersService,
    private readonly evaluations: CohortEvaluations,
    private readonly streams: ExportStreams,
    private readonly exports: Exports,
    private readonly slots: KeySlots,
  ) {}

  @Needs('cohorts:read', 'people:read')
  @Get('members')
  @ApiOperation({
    summary: 'List the members of a version',
    description: 'Sorted by the bytes of their ids. Of a rule or set those of its last evaluation that succeeded.',
  })
  @ApiParam(COHORT)
  @ApiList(CohortMemberDto, pageSchema(CohortMemberDto))
  @ApiProblems('not_evaluated', ...EXPORT_PROBLEMS)
  async members(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Query() query: MemberQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<CohortMemberDto> | StreamableFile> {
    const format = this.exports.requestedFormat(query, accept, reply);
    if (format === 'json') return await this.cohortMembers.page(property, cohort, query);
    const list = await this.cohortMembers.all(property, cohort, query.version);
    const call = { format, query, reply, name: 'members' };
    return await this.exports.answer(call, (options) => this.streams.list(list, options));
  }

  @Needs('cohorts:read')
  @Get('versions')
  @ApiOperation({ summary: 'List the versions of a cohort', description: 'The newest first.' })
  @ApiParam(COHORT)
  @ApiPage(CohortVersionDto, 'The versions.')
  versions(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Query() query: PageQuery,
  ): Promise<Page<CohortVersionDto>> {
    return this.catalogue.versions(property, cohort, query);
  }

  @Needs('cohorts:read', 'people:read')
  @Get('difference')
  @ApiOperation({
    summary: 'Compare two versions',
    description: 'Who entered and who left, by the bytes of their ids; of a rule or set by its last evaluations.',
  })
  @ApiParam(COHORT)
  @ApiExtraModels(CohortDifferenceDto)
  @ApiList(ChangedMemberDto, { $ref: getSchemaPath(CohortDifferenceDto) })
  @ApiProblems('not_evaluated', ...EXPORT_PROBLEMS)
  async difference(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Query() query: DifferenceQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CohortDifferenceDto | StreamableFile> {
    const format = this.exports.requestedFormat(query, accept, reply);
    if (format === 'json') return await this.cohortMembers.difference(property, cohort, query);
    const list = await this.cohortMembers.wholeDifference(property, cohort, query);
    const call = { format, query, reply, name: 'difference' };
    return await this.exports.answer(call, (options) => this.streams.list(list, options));
  }

  @Needs('cohorts:write')
  @Post('evaluations')
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
    return evaluation;
  }

  @Needs('cohorts:read')
  @Get('evaluations')
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
  @Get('evaluations/:id')
  @ApiOperation({
    summary: 'Show an evaluation',
    description: 'Its state, and once it has succeeded how many users were found.',
  })
  @ApiParam(COHORT)
  @ApiOkResponse({ type: EvaluationDto })
  get(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Param('id') id: string,
  ): Promise<EvaluationDto> {
    return this.evaluations.get(property, cohort, id);
  }

  @Needs('cohorts:read', 'people:read')
  @Get('evaluations/:id/members')
  @ApiOperation({
    summary: 'List whom an evaluation has found',
    description: 'Sorted by the bytes of their ids. Each version keeps the members of its three newest evaluations.',
  })
  @ApiParam(COHORT)
  @ApiList(CohortMemberDto, pageSchema(CohortMemberDto))
  @ApiProblems('not_evaluated', 'result_gone', ...EXPORT_PROBLEMS)
  async membersOfEvaluation(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Param('id') id: string,
    @Query() query: ListExportQuery,
    @Headers('accept') accept: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<Page<CohortMemberDto> | StreamableFile> {
    const format = this.exports.requestedFormat(query, accept, reply);
    const evaluation = await this.evaluations.succeeded(property, cohort, id);
    if (format === 'json') return await this.cohortMembers.pageOfEvaluation(property, evaluation, query);
    const list = await this.cohortMembers.allOfEvaluation(property, evaluation);
    const call = { format, query, reply, name: `${id}-members` };
    return await this.exports.answer(call, (options) => this.streams.list(list, options));
  }
}

/** A list of `item`, paged as JSON of `page` and whole in every other format. */
function ApiList(item: Type, page: object): MethodDecorator {
  return applyDecorators(
    Produces(...EXPORT_TYPES),
    ApiExtraModels(item),
    ApiOkResponse({
      description: 'A page as JSON, or all of the list, by `Accept` or `format`.',
      content: exportContent({ ...page }, { $ref: getSchemaPath(item) }),
      headers: { Link: { description: 'The next page: <...>; rel="next"', schema: { type: 'string' } } },
    }),
  ) as MethodDecorator;
}
