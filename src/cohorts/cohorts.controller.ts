import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ApiPage, ApiProblems } from '../platform/http/api-problems.js';
import type { Page } from '../platform/http/page.js';
import { PageQuery } from '../platform/http/page-query.dto.js';
import { Idempotent } from '../properties/idempotency/idempotent.js';
import { CurrentProperty } from '../properties/current-property.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { CohortBodyDto } from './cohort-body.dto.js';
import { CohortMembersService } from './cohort-members.service.js';
import { CohortDto, CohortMemberDto } from './cohort.dto.js';
import { CohortsService } from './cohorts.service.js';
import { MemberQuery } from './member-query.dto.js';

const COHORT = { name: 'cohort', description: 'Id or name of the cohort.' };

@ApiTags('cohorts')
@Controller('v1/properties/:property/cohorts')
export class CohortsController {
  constructor(
    private readonly cohorts: CohortsService,
    private readonly cohortMembers: CohortMembersService,
  ) {}

  @Post()
  @Idempotent()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Create a static cohort',
    description: 'Of as many members as fit into a JSON body (MUSTER_JSON_BODY_LIMIT_KB), at most 100,000.',
  })
  @ApiBody({ type: CohortBodyDto })
  @ApiCreatedResponse({ type: CohortDto, headers: { Location: { schema: { type: 'string' } } } })
  @ApiProblems('conflict', 'invalid_field', 'unknown_field', 'idempotency_key_in_use', 'idempotency_key_reused')
  async create(
    @CurrentProperty() property: PropertyEntity,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CohortDto> {
    const cohort = await this.cohorts.create(property, body);
    reply.header('location', `/v1/properties/${property.id}/cohorts/${cohort.id}`);
    return cohort;
  }

  @Get()
  @ApiOperation({ summary: 'List the cohorts of the property', description: 'In the order of creation.' })
  @ApiPage(CohortDto, 'The cohorts.')
  list(@CurrentProperty() property: PropertyEntity, @Query() query: PageQuery): Promise<Page<CohortDto>> {
    return this.cohorts.list(property, query);
  }

  @Get(':cohort')
  @ApiOperation({ summary: 'Show a cohort' })
  @ApiParam(COHORT)
  @ApiOkResponse({ type: CohortDto })
  get(@CurrentProperty() property: PropertyEntity, @Param('cohort') cohort: string): Promise<CohortDto> {
    return this.cohorts.show(property, cohort);
  }

  @Put(':cohort')
  @ApiOperation({
    summary: 'Replace a cohort',
    description: 'Other members make a new version; the same members keep it, so that a repeated PUT changes nothing.',
  })
  @ApiParam(COHORT)
  @ApiBody({ type: CohortBodyDto })
  @ApiOkResponse({ type: CohortDto })
  @ApiProblems('conflict', 'invalid_field', 'unknown_field')
  replace(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Body() body: unknown,
  ): Promise<CohortDto> {
    return this.cohorts.replace(property, cohort, body);
  }

  @Delete(':cohort')
  @HttpCode(204)
  @ApiOperation({ summary: 'Delete a cohort', description: 'Answers to requests that named it stay.' })
  @ApiParam(COHORT)
  @ApiNoContentResponse({ description: 'It is gone.' })
  remove(@CurrentProperty() property: PropertyEntity, @Param('cohort') cohort: string): Promise<void> {
    return this.cohorts.remove(property, cohort);
  }

  @Get(':cohort/members')
  @ApiOperation({ summary: 'List the members of a version', description: 'Sorted by the bytes of their ids.' })
  @ApiParam(COHORT)
  @ApiPage(CohortMemberDto, 'The members.')
  members(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Query() query: MemberQuery,
  ): Promise<Page<CohortMemberDto>> {
    return this.cohortMembers.page(property, cohort, query);
  }
}
