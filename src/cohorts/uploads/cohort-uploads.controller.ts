import { Body, Controller, Delete, Get, Headers, HttpCode, Param, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiCreatedResponse,
  ApiHeader,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import { Audited } from '../../access/audits.js';
import { Needs } from '../../access/needs.js';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { KeySlots } from '../../access/key-slots.service.js';
import { ApiPage, ApiProblems } from '../../platform/http/api-problems.js';
import { etagOf } from '../../platform/http/entity-tags.js';
import { ApiEventStream, sendEvents } from '../../platform/http/event-stream.js';
import type { Page } from '../../platform/http/page.js';
import { CurrentWait, WaitQuery, type Wait } from '../../platform/http/wait.js';
import { RawBody } from '../../platform/http/raw-body.js';
import { CurrentProperty } from '../../properties/current-property.js';
import {
  ApiIdempotencyKey,
  Idempotent,
  idempotencyKeyOf,
  markRepeated,
} from '../../properties/idempotency/idempotent.js';
import { PropertyEntity } from '../../properties/property.entity.js';
import { CohortCatalogue } from '../cohort-catalogue.service.js';
import { CohortDto } from '../cohort.dto.js';
import { uploadLabels } from './upload-labels.js';
import { ACCEPTED_UPLOAD, sendUpload } from './send-upload.js';
import { UploadBody } from './upload-body.js';
import { UploadFinisher } from './upload-finisher.service.js';
import { ListUploadsQuery, UploadQuery, ValidateQuery } from './upload-queries.dto.js';
import { UploadReceiver } from './upload-receiver.service.js';
import { FinishUploadDto, toUploadDto, UploadDto } from './upload.dto.js';
import { UploadsService } from './uploads.service.js';

const IF_MATCH = {
  name: 'If-Match',
  required: false,
  description: 'ETag of the cohort of which it is to be a version; else 412.',
};
const BODY = {
  description:
    'JSON: a list of ids, or of objects with a `user`, or {"members": [...]}. NDJSON: such an item a line. CSV: a column of ids. Text: ids with line ends, commas, semicolons or tabs between them.',
  required: true,
  schema: {
    oneOf: [{ type: 'array', items: {} }, { type: 'object', additionalProperties: true }, { type: 'string' }],
    example: ['00001', '00002'],
  },
};

@ApiTags('uploads')
@Controller('v1/properties/:property/cohort-uploads')
export class CohortUploadsController {
  constructor(
    private readonly receiver: UploadReceiver,
    private readonly uploads: UploadsService,
    private readonly finisher: UploadFinisher,
    private readonly catalogue: CohortCatalogue,
    private readonly slots: KeySlots,
  ) {}

  @Needs('cohorts:write', 'people:read')
  @Post()
  @HttpCode(202)
  @RawBody('application/json', 'text/csv', 'application/x-ndjson', 'application/jsonl', 'text/plain')
  @ApiOperation({
    summary: 'Upload a list of users',
    description:
      'Reads the body to its end, keeps its rows and checks them in the background: GET the upload until it is validated, then finish it. Up to MUSTER_UPLOAD_ROW_LIMIT rows, streamed, each also as gzip.',
  })
  @ApiConsumes('application/json', 'text/csv', 'application/x-ndjson', 'text/plain')
  @ApiBody(BODY)
  @ApiHeader(IF_MATCH)
  @ApiIdempotencyKey('as long as the upload is there')
  @ApiAcceptedResponse(ACCEPTED_UPLOAD)
  @ApiProblems(
    'malformed_body',
    'invalid_encoding',
    'body_too_large',
    'unsupported_media_type',
    'invalid_field',
    'invalid_parameter',
    'unknown_cohort',
    'conflict',
    'precondition_failed',
    'limit_exceeded',
    'idempotency_key_in_use',
    'idempotency_key_reused',
    'too_many_watchers',
    'engine_unavailable',
  )
  async upload(
    @CurrentProperty() property: PropertyEntity,
    @Req() request: FastifyRequest,
    @Query() query: UploadQuery,
    @CurrentWait() wait: Wait,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UploadDto> {
    const labels = uploadLabels(query);
    const upload = await this.slots.whileWaiting(wait, reply, async () => {
      const body = UploadBody.of(request, query);
      const idempotencyKey = idempotencyKeyOf(request.headers);
      const sent = await this.receiver.receive({ property, body, labels, query, ifMatch, idempotencyKey });
      if (sent.isRepeated) markRepeated(reply);
      return await this.uploads.settled(property, sent.upload.id, wait.ms);
    });
    return sendUpload(reply, property, upload);
  }

  @Needs('cohorts:read', 'people:read')
  @Get()
  @ApiOperation({ summary: 'List uploads', description: 'The newest first.' })
  @ApiPage(UploadDto, 'The uploads.')
  async list(@CurrentProperty() property: PropertyEntity, @Query() query: ListUploadsQuery): Promise<Page<UploadDto>> {
    return (await this.uploads.list(property, query)).map(toUploadDto);
  }

  @Needs('cohorts:read', 'people:read')
  @Get(':id')
  @ApiOperation({ summary: 'Show an upload', description: 'How far it is, and what its validation has found.' })
  @ApiOkResponse({ type: UploadDto, headers: { 'Retry-After': { schema: { type: 'integer' } } } })
  @ApiProblems('too_many_watchers')
  async get(
    @CurrentProperty() property: PropertyEntity,
    @Param('id') id: string,
    @Query() _: WaitQuery,
    @CurrentWait() wait: Wait,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UploadDto> {
    const settled = () => this.uploads.settled(property, id, wait.ms);
    return sendUpload(reply, property, await this.slots.whileWaiting(wait, reply, settled));
  }

  @Needs('cohorts:read', 'people:read')
  @Get(':id/events')
  @ApiEventStream()
  @ApiOperation({
    summary: 'Watch an upload',
    description:
      'Server-sent events named by the status, each with the upload and the rows checked so far; the one that ends its validation ends the stream. With `Last-Event-ID` it goes on behind that event.',
  })
  async watch(
    @CurrentProperty() property: PropertyEntity,
    @Param('id') id: string,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    this.slots.hold('watch', reply);
    await sendEvents(reply, this.uploads.watch(property, id));
  }

  @Needs('cohorts:write', 'people:read')
  @Post(':id/validate')
  @Idempotent()
  @HttpCode(202)
  @ApiOperation({
    summary: 'Validate an upload again',
    description: 'By the users who are known now. What the last validation has found stays until this one has its end.',
  })
  @ApiAcceptedResponse(ACCEPTED_UPLOAD)
  @ApiProblems('not_validated', 'conflict', 'idempotency_key_in_use', 'idempotency_key_reused', 'too_many_watchers')
  async validate(
    @CurrentProperty() property: PropertyEntity,
    @Param('id') id: string,
    @Query() { validate }: ValidateQuery,
    @CurrentWait() wait: Wait,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<UploadDto> {
    const upload = await this.slots.whileWaiting(wait, reply, async () => {
      await this.uploads.validateAgain(property, id, validate);
      return await this.uploads.settled(property, id, wait.ms);
    });
    return sendUpload(reply, property, upload);
  }

  @Needs('cohorts:write', 'people:read')
  @Post(':id/finish')
  @Idempotent()
  @ApiOperation({
    summary: 'Make a cohort of an upload',
    description:
      '201 with the new cohort, or 200 with the new version of the one that the upload is for. Finishing again gives the same cohort with 200.',
  })
  @ApiHeader(IF_MATCH)
  @ApiBody({ type: FinishUploadDto })
  @ApiCreatedResponse({ type: CohortDto, headers: { Location: { schema: { type: 'string' } } } })
  @ApiOkResponse({ type: CohortDto })
  @ApiProblems(
    'invalid_field',
    'unknown_field',
    'not_validated',
    'upload_not_valid',
    'conflict',
    'precondition_failed',
    'idempotency_key_in_use',
    'idempotency_key_reused',
  )
  async finish(
    @CurrentProperty() property: PropertyEntity,
    @Param('id') id: string,
    @Body() body: unknown,
    @Headers('if-match') ifMatch: string | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CohortDto> {
    const { isNew, ...current } = await this.finisher.finish(property, id, body, ifMatch);
    reply.status(isNew ? 201 : 200).header('etag', etagOf(current.cohort.revision));
    reply.header('location', `/v1/properties/${property.id}/cohorts/${current.cohort.id}`);
    return await this.catalogue.shown(property, current);
  }

  @Needs('cohorts:write', 'people:read')
  @Audited('upload.delete')
  @Delete(':id')
  @HttpCode(204)
  @ApiOperation({ summary: 'Remove an upload', description: 'In any state. A cohort that it has become stays.' })
  @ApiNoContentResponse({ description: 'It is gone.' })
  remove(@CurrentProperty() property: PropertyEntity, @Param('id') id: string): Promise<void> {
    return this.uploads.remove(property, id);
  }
}
