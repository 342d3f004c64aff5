import { Controller, Get, HttpCode, Options, Post, Query, Req, Res } from '@nestjs/common';
import {
  ApiAcceptedResponse,
  ApiBody,
  ApiConsumes,
  ApiExcludeEndpoint,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NeedsNobody, NeedsPublicKey } from '../access/needs.js';
import { originOfReferer } from '../core/access/origin-of-key.js';
import { ApiProblems } from '../platform/http/api-problems.js';
import { OpenToPages } from '../platform/http/open-to-pages.js';
import { RawBody } from '../platform/http/raw-body.js';
import { CollectAnswerDto, CollectBodyDto, CollectPictureQuery } from './collect.dto.js';
import { Door } from './door.service.js';

/** A GIF of one transparent pixel. */
const PIXEL = Buffer.from('R0lGODlhAQABAIAAAAAAAP///yH5BAEAAAAALAAAAAABAAEAAAIBRAA7', 'base64');
const PREFLIGHT_SECONDS = '86400';

@ApiTags('collecting')
@Controller('v1')
export class CollectController {
  constructor(private readonly door: Door) {}

  @NeedsPublicKey()
  @Post('collect')
  @HttpCode(202)
  @OpenToPages()
  @RawBody('application/json', 'text/plain')
  @ApiOperation({
    summary: 'Send events from a page or an application',
    description:
      'By a public key, which stands in the body: nothing else of the call says who sends. As `text/plain` a browser sends it without asking before. Every event gets its verdict; what is sent again counts once.',
  })
  @ApiConsumes('application/json', 'text/plain')
  @ApiBody({ type: CollectBodyDto })
  @ApiAcceptedResponse({ type: CollectAnswerDto })
  @ApiProblems(
    'malformed_body',
    'invalid_encoding',
    'body_too_complex',
    'body_too_large',
    'request_timeout',
    'limit_exceeded',
    'unsupported_media_type',
    'property_archived',
    'invalid_field',
    'unknown_field',
    'invalid_time',
    'too_many_items',
    'storing_failed',
    'engine_unavailable',
    'database_unavailable',
  )
  async collect(
    @Req() request: FastifyRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CollectAnswerDto> {
    return await this.door.takeBody(request, reply);
  }

  @NeedsPublicKey()
  @Get('collect.gif')
  @ApiOperation({
    summary: 'Send an event by a picture',
    description: 'For pages without scripts. The server gives time, visitor and session.',
  })
  @ApiOkResponse({
    description: 'A picture of one pixel.',
    content: { 'image/gif': { schema: { type: 'string', format: 'binary' } } },
  })
  @ApiProblems(
    'property_archived',
    'too_many_items',
    'storing_failed',
    'engine_unavailable',
    'database_unavailable',
    'storage_full',
  )
  async picture(
    @Query() { key = '', ...query }: CollectPictureQuery,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const page = request.headers.referer ?? null;
    const origin = request.headers.origin ?? (page === null ? null : originOfReferer(page)) ?? undefined;
    // Who asks for the headers alone shows no picture.
    if (request.method !== 'HEAD') await this.door.takePicture(request, reply, { key, origin, page, query });
    reply.header('cross-origin-resource-policy', 'cross-origin').type('image/gif').send(PIXEL);
  }

  /**
   * What browsers ask before they send JSON from another origin. There is no key yet, so any page may send; whether its
   * key is for it is found out then, and only then the page can read the answer.
   */
  @NeedsNobody()
  @Options('collect')
  @HttpCode(204)
  @ApiExcludeEndpoint()
  preflight(@Req() request: FastifyRequest, @Res({ passthrough: true }) reply: FastifyReply): void {
    reply.header('vary', 'origin');
    const { origin } = request.headers;
    if (origin === undefined) return;
    reply
      .header('access-control-allow-origin', origin)
      .header('access-control-allow-methods', 'POST')
      .header('access-control-allow-headers', 'content-type')
      .header('access-control-max-age', PREFLIGHT_SECONDS);
  }
}
