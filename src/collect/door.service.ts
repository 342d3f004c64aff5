import { Injectable } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { NetworkLimit } from '../access/network-limit.service.js';
import { PublicKeys } from '../access/public-keys.service.js';
import { principalOf } from '../access/current-principal.js';
import { refuseDeclaredLength, wholeBodyWithin } from '../bodies/body-bytes.js';
import { checkedJson, parseItems, type JsonLimits } from '../bodies/json-body.js';
import { networkOf } from '../core/access/network-of.js';
import { parseCollectBody, type CollectBody } from '../core/collect/collect-body.js';
import { pictureBody, type PictureQuery } from '../core/collect/picture-body.js';
import { Config } from '../platform/config/config.js';
import { isGzip, streamedBodyOf } from '../platform/http/raw-body.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import type { CollectAnswerDto } from './collect.dto.js';
import { Collecting } from './collecting.service.js';
import type { Sending } from './hit.js';
import { sentKey } from './sent-key.js';

/** Bodies are bounded by their bytes; events are judged one by one. */
const LIMITS: JsonLimits = { maxDepth: 16, maxKeys: 60_000, maxValues: 120_000 };
const COUNTRY = /^[A-Z]{2}$/;
/** What proxies say where they know none. */
const NO_COUNTRY = /^(XX|T1)$/;

/** A picture that was asked for. */
export interface AskedPicture {
  readonly key: string;
  readonly origin: string | undefined;
  /** The page that shows it. */
  readonly page: string | null;
  readonly query: PictureQuery;
}

/**
 * The way in for whoever has a public key: the network's share first, then a bounded body, then the key in it, and only
 * then anything else, parsing included. Pages of any origin may read why a body is not even looked at.
 */
@Injectable()
export class Door {
  constructor(
    private readonly config: Config,
    private readonly networks: NetworkLimit,
    private readonly keys: PublicKeys,
    private readonly collecting: Collecting,
  ) {}

  /**
   * @throws Failure too_many_requests, body_too_large, request_timeout, malformed_body, invalid_encoding,
   * body_too_complex, unauthenticated, forbidden, property_archived, then as parseCollectBody and Collecting.take
   */
  async takeBody(request: FastifyRequest, reply: FastifyReply): Promise<CollectAnswerDto> {
    const receivedMs = Date.now();
    this.networks.count(request.ip);
    const { collectBodyLimitBytes: limit, collectBodyTimeoutMs: withinMs } = this.config;
    refuseDeclaredLength(request.headers['content-length'], limit);
    const { body } = streamedBodyOf(request);
    const bytes = await wholeBodyWithin({ source: body, isGzip: isGzip(request) }, limit, withinMs);
    this.networks.countBody(request.ip, bytes.length);
    const checked = checkedJson(bytes, LIMITS);
    const property = await this.keys.admit(request, reply, sentKey(checked), request.headers.origin);
    return await this.take(request, property, parseCollectBody(parseItems(checked)), receivedMs);
  }

  /** @throws Failure as takeBody, and invalid_parameter */
  async takePicture(
    request: FastifyRequest,
    reply: FastifyReply,
    { key, origin, page, query }: AskedPicture,
  ): Promise<void> {
    const receivedMs = Date.now();
    this.networks.count(request.ip);
    const property = await this.keys.admit(request, reply, key, origin);
    const body = parseCollectBody(pictureBody(query, page, receivedMs));
    await this.take(request, property, body, receivedMs);
  }

  private async take(
    request: FastifyRequest,
    property: PropertyEntity,
    body: CollectBody,
    receivedMs: number,
  ): Promise<CollectAnswerDto> {
    const { id: apiKeyId } = principalOf(request);
    const revision = request.propertyRevision ?? '';
    return await this.collecting.take({
      property,
      apiKeyId,
      revision,
      body,
      receivedMs,
      sending: this.sendingOf(request),
    });
  }

  private sendingOf({ headers, ip, ips }: FastifyRequest): Sending {
    // More than one: a proxy that is trusted has handed the call on.
    const country = ips !== undefined && ips.length > 1 ? headers[this.config.countryHeader ?? ''] : undefined;
    return {
      agent: headers['user-agent'],
      network: networkOf(ip),
      country: typeof country === 'string' && COUNTRY.test(country) && !NO_COUNTRY.test(country) ? country : null,
      hasGpc: headers['sec-gpc'] === '1',
      hasDnt: headers['dnt'] === '1',
    };
  }
}
