import { Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiPage, ApiProblems } from '../platform/http/api-problems.js';
import type { Page } from '../platform/http/page.js';
import { PageQuery } from '../platform/http/page-query.dto.js';
import { CurrentProperty } from '../properties/current-property.js';
import { Idempotent } from '../properties/idempotency/idempotent.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { CohortCatalogue } from './cohort-catalogue.service.js';
import { CohortDifferenceDto } from './cohort-difference.dto.js';
import { EvaluateQuery, EvaluationDto } from './cohort-evaluation.dto.js';
import { CohortEvaluations } from './cohort-evaluations.service.js';
import { CohortMembersService } from './cohort-members.service.js';
import { DifferenceQuery } from './cohort-queries.dto.js';
import { CohortMemberDto, CohortVersionDto } from './cohort.dto.js';
import { MemberQuery } from './member-query.dto.js';

const COHORT = { name: 'cohort', description: 'Id or name of the cohort.' };

/** Who is in a cohort: its versions and their members. */
@ApiTags('cohorts')
@Controller('v1/properties/:property/cohorts/:cohort')
export class CohortMembersController {
  constructor(
    private readonly catalogue: CohortCatalogue,
    private readonly cohortMembers: CohortMembersService,
    private readonly evaluations: CohortEvaluations,
  ) {}

  @Get('members')
  @ApiOperation({
    summary: 'List the members of a version',
    description: 'Sorted by the bytes of their ids. Of a rule or set those of its last evaluation that succeeded.',
  })
  @ApiParam(COHORT)
  @ApiPage(CohortMemberDto, 'The members.')
  @ApiProblems('not_evaluated')
  members(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Query() query: MemberQuery,
  ): Promise<Page<CohortMemberDto>> {
    return this.cohortMembers.page(property, cohort, query);
  }

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

  @Get('difference')
  @ApiOperation({
    summary: 'Compare two versions',
    description: 'Who entered and who left, by the bytes of their ids; of a rule or set by its last evaluations.',
  })
  @ApiParam(COHORT)
  @ApiOkResponse({ type: CohortDifferenceDto })
  @ApiProblems('not_evaluated')
  difference(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Query() query: DifferenceQuery,
  ): Promise<CohortDifferenceDto> {
    return this.cohortMembers.difference(property, cohort, query);
  }

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
  @ApiProblems('invalid_field', 'unknown_cohort', 'cohort_cycle', 'limit_exceeded')
  async evaluate(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Query() query: EvaluateQuery,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<EvaluationDto> {
    const evaluation = await this.evaluations.evaluate(property, cohort, query.wait * 1000);
    const path = `/v1/properties/${property.id}/cohorts/${encodeURIComponent(cohort)}/evaluations/${evaluation.id}`;
    reply.header('location', path);
    return evaluation;
  }

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
}
