import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Patch, Post, Put, Query, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiParam,
  ApiTags,
} from '@nestjs/swagger';
import { refuseNamedUsers } from '../access/authorization.js';
import { CurrentGrants } from '../access/current-grants.js';
import { Audited } from '../access/audits.js';
import { Needs, NeedsSomewhere } from '../access/needs.js';
import type { FastifyReply } from 'fastify';
import type { GrantSet } from '../core/access/grants.js';
import { COHORT_SCHEMA } from '../core/cohort/cohort-schema.js';
import { etagOf } from '../platform/http/entity-tags.js';
import { ApiPage, ApiProblems } from '../platform/http/api-problems.js';
import type { Page } from '../platform/http/page.js';
import { connectionClosed } from '../platform/http/connections.js';
import { Idempotent } from '../properties/idempotency/idempotent.js';
import { CurrentProperty } from '../properties/current-property.js';
import { PropertyEntity } from '../properties/property.entity.js';
import {
  COHORT_EXAMPLES,
  CONTENT_EXAMPLES,
  CohortBodyDto,
  CohortContentDto,
  CohortLabelsDto,
  MemberChangesDto,
} from './cohort-body.dto.js';
import { CohortCatalogue } from './cohort-catalogue.service.js';
import { CohortPreview } from './cohort-preview.service.js';
import { ListCohortsQuery, RemoveCohortQuery } from './cohort-queries.dto.js';
import { CohortLifecycle } from './cohort-lifecycle.service.js';
import { CohortDto, CohortPreviewDto, CohortUsageDto } from './cohort.dto.js';
import { CohortStore, type CurrentCohort } from './cohort-store.js';
import { CohortsService } from './cohorts.service.js';

const COHORT = { name: 'cohort', description: 'Id or name of the cohort.' };
const IF_MATCH = { name: 'If-Match', required: false, description: 'ETag of the cohort as it was read; else 412.' };
const ETAG = { ETag: { schema: { type: 'string' as const } } };

@ApiTags('cohorts')
@Controller('v1/properties/:property/cohorts')
export class CohortsController {
  constructor(
    private readonly cohorts: CohortsService,
    private readonly store: CohortStore,
    private readonly catalogue: CohortCatalogue,
    private readonly lifecycle: CohortLifecycle,
    private readonly previews: CohortPreview,
  ) {}

  @Needs('cohorts:write')
  @Post()
  @Idempotent()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Create a cohort',
    description:
      'Of a list of members, as many as fit into a JSON body (MUSTER_JSON_BODY_LIMIT_KB), at most 100,000; of a rule; or of other cohorts.',
  })
  @ApiBody({ type: CohortBodyDto, examples: COHORT_EXAMPLES })
  @ApiCreatedResponse({ type: CohortDto, headers: { Location: { schema: { type: 'string' } }, ...ETAG } })
  @ApiProblems(
    'conflict',
    'invalid_field',
    'unknown_field',
    'unknown_cohort',
    'invalid_window',
    'invalid_time',
    'invalid_filter',
    'limit_exceeded',
  )
  async create(
    @CurrentProperty() property: PropertyEntity,
    @CurrentGrants() grants: GrantSet,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CohortDto> {
    refuseNamedUsers(grants, body);
    const created = await this.cohorts.create(property, body);
    reply.header('location', `/v1/properties/${property.id}/cohorts/${created.cohort.id}`);
    return await this.shown(property, created, reply);
  }

  @Needs('cohorts:read')
  @Get()
  @ApiOperation({ summary: 'List the cohorts of the property', description: 'In the order of creation.' })
  @ApiPage(CohortDto, 'The cohorts.')
  list(@CurrentProperty() property: PropertyEntity, @Query() query: ListCohortsQuery): Promise<Page<CohortDto>> {
    return this.catalogue.list(property, query);
  }

  @Needs('cohorts:write')
  @Post('preview')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Work a cohort out without saving it',
    description:
      'Takes the body of a cohort, of which only what it is made of counts. Does not wait for runs; has a limit of time of its own (MUSTER_PREVIEW_TIME_LIMIT_SECONDS), and ends with the connection.',
  })
  @ApiBody({ type: CohortContentDto, examples: CONTENT_EXAMPLES })
  @ApiOkResponse({ type: CohortPreviewDto })
  @ApiProblems(
    'invalid_field',
    'unknown_field',
    'unknown_cohort',
    'invalid_window',
    'invalid_time',
    'limit_exceeded',
    'time_limit_exceeded',
    'memory_limit_exceeded',
    'engine_memory_exhausted',
    'too_many_previews',
  )
  preview(
    @CurrentProperty() property: PropertyEntity,
    @CurrentGrants() grants: GrantSet,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CohortPreviewDto | null> {
    refuseNamedUsers(grants, body);
    return this.previews.preview(property, body, connectionClosed(reply));
  }

  @Needs('cohorts:read')
  @Get(':cohort')
  @ApiOperation({ summary: 'Show a cohort', description: 'With its current version, also where it is archived.' })
  @ApiParam(COHORT)
  @ApiOkResponse({ type: CohortDto, headers: ETAG })
  async get(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CohortDto> {
    return await this.shown(property, await this.store.get(property, cohort), reply);
  }

  @Needs('cohorts:write')
  @Put(':cohort')
  @ApiOperation({
    summary: 'Replace a cohort',
    description:
      'Other content makes a new version; the same content keeps it, so that a repeated PUT changes nothing. A description or tags that are not given stay as they are: "" and [] remove them.',
  })
  @ApiParam(COHORT)
  @ApiHeader(IF_MATCH)
  @ApiBody({ type: CohortBodyDto, examples: { list: COHORT_EXAMPLES.list } })
  @ApiOkResponse({ type: CohortDto, headers: ETAG })
  @ApiProblems('conflict', 'precondition_failed', 'invalid_field', 'unknown_field', 'unknown_cohort', 'cohort_cycle')
  async replace(
    @CurrentProperty() property: PropertyEntity,
    @CurrentGrants() grants: GrantSet,
    @Param('cohort') cohort: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CohortDto> {
    refuseNamedUsers(grants, body);
    return await this.shown(property, await this.cohorts.replace(property, cohort, body, ifMatch), reply);
  }

  @Needs('cohorts:write')
  @Patch(':cohort')
  @ApiOperation({
    summary: 'Change name, description and tags of a cohort',
    description: 'What is not given stays, and so does what it is made of: there is no new version.',
  })
  @ApiParam(COHORT)
  @ApiHeader(IF_MATCH)
  @ApiBody({ type: CohortLabelsDto })
  @ApiOkResponse({ type: CohortDto, headers: ETAG })
  @ApiProblems('conflict', 'precondition_failed', 'invalid_field', 'unknown_field')
  async relabel(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CohortDto> {
    return await this.shown(property, await this.cohorts.relabel(property, cohort, body, ifMatch), reply);
  }

  @Needs('cohorts:write')
  @Audited('cohort.delete')
  @Delete(':cohort')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Delete a cohort',
    description: 'One that requests or other cohorts use needs `force`. Answers to requests that named it stay.',
  })
  @ApiParam(COHORT)
  @ApiHeader(IF_MATCH)
  @ApiNoContentResponse({ description: 'It is gone.' })
  @ApiProblems('cohort_in_use', 'precondition_failed')
  remove(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Query() query: RemoveCohortQuery,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    return this.lifecycle.remove(property, cohort, query.force === 'true', ifMatch);
  }

  @Needs('cohorts:write', 'people:read')
  @Post(':cohort/members')
  @HttpCode(200)
  @ApiOperation({
    summary: 'Add members to a static cohort, and remove some',
    description: 'Makes a new version; the old ones stay. A change that changes nothing keeps the version.',
  })
  @ApiParam(COHORT)
  @ApiHeader(IF_MATCH)
  @ApiBody({ type: MemberChangesDto })
  @ApiOkResponse({ type: CohortDto, headers: ETAG })
  @ApiProblems('precondition_failed', 'invalid_field', 'unknown_field')
  async changeMembers(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CohortDto> {
    return await this.shown(property, await this.cohorts.changeMembers(property, cohort, body, ifMatch), reply);
  }

  @Needs('cohorts:write')
  @Post(':cohort/archive')
  @HttpCode(200)
  @ApiOperation({ summary: 'Put a cohort away', description: 'Lists leave it out; it answers as before.' })
  @ApiParam(COHORT)
  @ApiHeader(IF_MATCH)
  @ApiOkResponse({ type: CohortDto, headers: ETAG })
  @ApiProblems('precondition_failed')
  async archive(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CohortDto> {
    return await this.shown(property, await this.lifecycle.archive(property, cohort, true, ifMatch), reply);
  }

  @Needs('cohorts:write')
  @Post(':cohort/restore')
  @HttpCode(200)
  @ApiOperation({ summary: 'Take a cohort back that was put away', description: 'Lists show it again.' })
  @ApiParam(COHORT)
  @ApiHeader(IF_MATCH)
  @ApiOkResponse({ type: CohortDto, headers: ETAG })
  @ApiProblems('precondition_failed')
  async restore(
    @CurrentProperty() property: PropertyEntity,
    @Param('cohort') cohort: string,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CohortDto> {
    return await this.shown(property, await this.lifecycle.archive(property, cohort, false, ifMatch), reply);
  }

  @Needs('cohorts:read')
  @Get(':cohort/used_by')
  @ApiOperation({
    summary: 'Show where a cohort is used',
    description: 'By other cohorts and by requests: what a deletion would break.',
  })
  @ApiParam(COHORT)
  @ApiOkResponse({ type: CohortUsageDto })
  usedBy(@CurrentProperty() property: PropertyEntity, @Param('cohort') cohort: string): Promise<CohortUsageDto> {
    return this.lifecycle.usedBy(property, cohort);
  }

  private async shown(property: PropertyEntity, current: CurrentCohort, reply: FastifyReply): Promise<CohortDto> {
    reply.header('etag', etagOf(current.cohort.revision));
    return await this.catalogue.shown(property, current);
  }
}

@ApiTags('cohorts')
@Controller('v1/schemas')
export class CohortSchemaController {
  @NeedsSomewhere('cohorts:read')
  @Get('cohort')
  @ApiOperation({
    summary: 'JSON Schema of a cohort',
    description:
      'What may stand as the `cohort` of a request, and inside the `set`, `rule` and `universe` of a cohort.',
  })
  @ApiOkResponse({ schema: { type: 'object', additionalProperties: true } })
  schema(): object {
    return COHORT_SCHEMA;
  }
}
