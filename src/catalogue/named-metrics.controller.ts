import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
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
import { Audited } from '../access/audits.js';
import { Needs } from '../access/needs.js';
import type { FastifyReply } from 'fastify';
import { ApiPage, ApiProblems } from '../platform/http/api-problems.js';
import { etagOf } from '../platform/http/entity-tags.js';
import type { Page } from '../platform/http/page.js';
import { CurrentProperty } from '../properties/current-property.js';
import { Idempotent } from '../properties/idempotency/idempotent.js';
import { PropertyEntity } from '../properties/property.entity.js';
import { ListMetricsQuery, NamedMetricBodyDto, NamedMetricDto } from './named-metric.dto.js';
import { NamedMetricsService } from './named-metrics.service.js';

const METRIC = { name: 'metric', description: 'Id or name of the metric.' };
const ETAG = { ETag: { description: 'The version, for If-Match.', schema: { type: 'string' as const } } };
const IF_MATCH = {
  name: 'if-match',
  required: false,
  description: 'ETag of the version that the change is meant for: 412 if there is a newer one.',
};

@ApiTags('metrics')
@Controller('v1/properties/:property/metrics')
export class NamedMetricsController {
  constructor(private readonly metrics: NamedMetricsService) {}

  @Needs('metrics:write')
  @Post()
  @Idempotent()
  @HttpCode(201)
  @ApiOperation({
    summary: 'Name a metric',
    description: 'A built-in with some parameters fixed and other defaults, usable wherever a metric id is.',
  })
  @ApiBody({ type: NamedMetricBodyDto })
  @ApiCreatedResponse({ type: NamedMetricDto, headers: { Location: { schema: { type: 'string' } }, ...ETAG } })
  @ApiProblems(
    'conflict',
    'invalid_field',
    'unknown_field',
    'unknown_metric',
    'invalid_time',
    'invalid_filter',
    'limit_exceeded',
  )
  async create(
    @CurrentProperty() property: PropertyEntity,
    @Body() body: unknown,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NamedMetricDto> {
    const metric = await this.metrics.create(property, body);
    reply.header('location', `/v1/properties/${property.id}/metrics/${metric.id}`);
    return tagged(reply, metric);
  }

  @Needs('metrics:read')
  @Get()
  @ApiOperation({ summary: 'List the named metrics of the property', description: 'In the order of creation.' })
  @ApiPage(NamedMetricDto, 'The metrics in their current versions.')
  list(@CurrentProperty() property: PropertyEntity, @Query() query: ListMetricsQuery): Promise<Page<NamedMetricDto>> {
    return this.metrics.list(property, query);
  }

  @Needs('metrics:read')
  @Get(':metric')
  @ApiOperation({
    summary: 'Show a named metric',
    description: 'In its current version, with the parameters that it leaves open. An archived one by its id.',
  })
  @ApiParam(METRIC)
  @ApiOkResponse({ type: NamedMetricDto, headers: ETAG })
  async get(
    @CurrentProperty() property: PropertyEntity,
    @Param('metric') metric: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NamedMetricDto> {
    return tagged(reply, await this.metrics.show(property, metric));
  }

  @Needs('metrics:read')
  @Get(':metric/versions/:version')
  @ApiOperation({ summary: 'Show a version of a named metric', description: 'Versions never change.' })
  @ApiParam(METRIC)
  @ApiParam({ name: 'version', schema: { type: 'integer', minimum: 1 } })
  @ApiOkResponse({ type: NamedMetricDto, headers: ETAG })
  async version(
    @CurrentProperty() property: PropertyEntity,
    @Param('metric') metric: string,
    @Param('version') version: string,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NamedMetricDto> {
    return tagged(reply, await this.metrics.showVersion(property, metric, version));
  }

  @Needs('metrics:write')
  @Put(':metric')
  @ApiOperation({
    summary: 'Change a named metric',
    description:
      'Makes a new version, which the next requests use; the same body keeps the version, so that a repeated PUT changes nothing.',
  })
  @ApiParam(METRIC)
  @ApiHeader(IF_MATCH)
  @ApiBody({ type: NamedMetricBodyDto })
  @ApiOkResponse({ type: NamedMetricDto, headers: ETAG })
  @ApiProblems(
    'precondition_failed',
    'invalid_field',
    'unknown_field',
    'unknown_metric',
    'invalid_time',
    'invalid_filter',
    'limit_exceeded',
  )
  async change(
    @CurrentProperty() property: PropertyEntity,
    @Param('metric') metric: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<NamedMetricDto> {
    return tagged(reply, await this.metrics.change(property, metric, body, ifMatch));
  }

  @Needs('metrics:write')
  @Audited('metric.archive')
  @Delete(':metric')
  @HttpCode(204)
  @ApiOperation({
    summary: 'Archive a named metric',
    description: 'Requests no longer know it and its name is free; answers stay, and so do its versions, by its id.',
  })
  @ApiParam(METRIC)
  @ApiHeader(IF_MATCH)
  @ApiNoContentResponse({ description: 'It is out of use.' })
  @ApiProblems('precondition_failed')
  archive(
    @CurrentProperty() property: PropertyEntity,
    @Param('metric') metric: string,
    @Headers('if-match') ifMatch: string | undefined,
  ): Promise<void> {
    return this.metrics.archive(property, metric, ifMatch);
  }
}

function tagged(reply: FastifyReply, metric: NamedMetricDto): NamedMetricDto {
  reply.header('etag', etagOf(metric.version));
  return metric;
}
