import { Controller, Get, Headers, Param, Query, Res, type StreamableFile } from '@nestjs/common';
import { ApiExtraModels, ApiOperation, ApiParam, ApiTags, getSchemaPath } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Audited } from '../access/audits.js';
import { Needs } from '../access/needs.js';
import { ApiPage, ApiProblems, pageSchema } from '../platform/http/api-problems.js';
import { type Page, PageQuery } from '../platform/http/page.js';
import { CurrentProperty } from '../properties/current-property.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { ApiList } from '../results/api-list.js';
import { Exports } from '../results/exports.service.js';
import { ExportStreams } from '../results/export-streams.service.js';
import { CohortCatalogue } from './cohort-catalogue.service.js';
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
    private readonly streams: ExportStreams,
    private readonly exports: Exports,
  ) {}

  @Needs('cohorts:read', 'people:read')
  @Audited('people.export')
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
    const list = await this.cohortMembers.all(property, cohort, query);
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
  @Audited('people.export')
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
}
