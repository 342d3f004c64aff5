import { Controller, Get, Req, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { Failure } from '../core/failure.js';
import { Config } from '../platform/config/config.js';
import { ApiProblems } from '../platform/http/api-problems.js';
import { isFromHere } from '../platform/http/from-here.js';
import { Produces } from '../platform/http/negotiation.js';
import { isSame } from '../platform/http/same-text.js';
import { MetricsRegistry } from '../platform/metrics/metrics-registry.js';

const BEARER = /^Bearer +(\S+) *$/i;

@ApiTags('health')
@Controller()
export class OpenMetricsController {
  constructor(
    private readonly config: Config,
    private readonly metrics: MetricsRegistry,
  ) {}

  @Get('metrics')
  @Produces('application/openmetrics-text; version=1.0.0; charset=utf-8')
  @ApiOperation({
    summary: 'Figures for a collector',
    description:
      'OpenMetrics. With MUSTER_METRICS_TOKEN, which is recommended always, they are for everybody who sends it as a bearer token, and for nobody else; without it to callers on this machine whose request carries no header of a proxy. Counters are of this process since its start; the queue and the active users are those of all processes.',
  })
  @ApiOkResponse({
    description: 'The figures.',
    content: { 'application/openmetrics-text': { schema: { type: 'string' } } },
  })
  @ApiProblems('not_acceptable', 'unauthenticated', 'forbidden', 'database_unavailable')
  async figures(@Req() request: FastifyRequest, @Res() reply: FastifyReply): Promise<void> {
    refuseStranger(request, this.config.metricsToken);
    const text = await this.metrics.text();
    reply.header('cache-control', 'no-store').type(this.metrics.contentType).send(text);
  }
}

/**
 * @throws Failure unauthenticated for a missing or wrong token, forbidden without a token set for a caller from
 * elsewhere
 */
function refuseStranger(request: FastifyRequest, token: string | undefined): void {
  if (token !== undefined) {
    if (isSame(BEARER.exec(request.headers.authorization ?? '')?.[1] ?? '', token)) return;
    throw new Failure('unauthenticated', 'Send the header "Authorization: Bearer <MUSTER_METRICS_TOKEN>".');
  }
  if (isFromHere(request)) return;
  throw new Failure(
    'forbidden',
    'Without a token the figures are for callers on this machine, through no proxy. Set MUSTER_METRICS_TOKEN and send it.',
  );
}
