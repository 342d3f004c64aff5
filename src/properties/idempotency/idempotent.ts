import { createHash, randomUUID } from 'node:crypto';
import {
  applyDecorators,
  Injectable,
  SetMetadata,
  UseInterceptors,
  type CallHandler,
  type ExecutionContext,
  type NestInterceptor,
  type Type,
} from '@nestjs/common';
import { ModuleRef, Reflector } from '@nestjs/core';
import { ApiHeader } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { from, lastValueFrom, type Observable } from 'rxjs';
import { principalOf } from '../../access/current-principal.js';
import { invalidParameter } from '../../core/failure.js';
import { IdempotencyKeys, KEPT_HOURS, type RecordedAnswer, type KeyedCall } from './idempotency-keys.service.js';
import { recordedBody, recordedStreamBody, type StreamedBodies } from './streamed-body.js';

const STREAMED_BODIES = 'idempotency/streamed-bodies';
const HEADER = 'idempotency-key';
const KEY = /^[\x21-\x7e]{1,255}$/;

/** Answers a POST whose `Idempotency-Key` was seen before as the first time. What was refused or failed is not kept. */
@Injectable()
export class IdempotencyInterceptor implements NestInterceptor {
  constructor(
    private readonly keys: IdempotencyKeys,
    private readonly reflector: Reflector,
    private readonly modules: ModuleRef,
  ) {}

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const http = context.switchToHttp();
    const call = callOf(http.getRequest<FastifyRequest>());
    if (call === null) return next.handle();
    return from(this.once(call, next, context));
  }

  private async once(call: KeyedCall, next: CallHandler, context: ExecutionContext): Promise<unknown> {
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const kept = await this.keys.take(call);
    if (kept !== null) return this.again(repeat(reply, kept), context);
    const body = await lastValueFrom<object>(next.handle()).catch(async (error: unknown) => {
      await this.keys.release(call).catch(() => undefined);
      throw error;
    });
    const reported = (name: string): string | null => (reply.hasHeader(name) ? String(reply.getHeader(name)) : null);
    const answer = {
      status: reply.statusCode,
      location: reported('location'),
      etag: reported('etag'),
      body: recordedBody(body),
    };
    await this.keys.keep(call, answer);
    return body;
  }

  private again(body: object | null, context: ExecutionContext): object | null {
    const kept = recordedStreamBody(body);
    const bodies = this.reflector.get<Type<StreamedBodies> | undefined>(STREAMED_BODIES, context.getHandler());
    return kept === null || bodies === undefined ? body : this.modules.get(bodies, { strict: false }).again(kept);
  }
}

/**
 * Marks a POST that creates something: its sender may repeat it with an `Idempotency-Key`. `streamed` makes its answers
 * again where they are streams.
 */
export function Idempotent(streamed?: Type<StreamedBodies>): MethodDecorator {
  const kept = `for ${KEPT_HOURS} hours`;
  return applyDecorators(
    UseInterceptors(IdempotencyInterceptor),
    SetMetadata(STREAMED_BODIES, streamed),
    ApiIdempotencyKey(kept),
  );
}

/** Documents the header of a call that is answered `kept` so long as the first time. */
export function ApiIdempotencyKey(kept: string): MethodDecorator {
  return ApiHeader({
    name: 'Idempotency-Key',
    required: false,
    schema: { type: 'string', minLength: 1, maxLength: 255 },
    description: `A text of your own, new for every call: the same call sent again with it gets the same answer ${kept}, and does nothing.`,
  });
}

function callOf(request: FastifyRequest): KeyedCall | null {
  const { headers, property, url, body } = request;
  const key = idempotencyKeyOf(headers);
  if (key === null) return null;
  const { id, accountId } = principalOf(request);
  // Each caller's own: another one may see less of the same answer.
  return {
    scope: property?.id ?? accountId,
    key: `${id} ${key}`,
    fingerprint: fingerprintOf(url, body),
    attemptId: randomUUID(),
  };
}

/**
 * The key of a call; null: it has none.
 * @throws Failure invalid_parameter for a key that is none
 */
export function idempotencyKeyOf(headers: FastifyRequest['headers']): string | null {
  const key = headers[HEADER];
  if (key === undefined) return null;
  if (typeof key === 'string' && KEY.test(key)) return key;
  const detail = 'Idempotency-Key is 1 to 255 visible ASCII characters, given once.';
  throw invalidParameter('Idempotency-Key', detail);
}

function fingerprintOf(url: string, body: unknown): string {
  return createHash('sha256')
    .update(`${url}\n${JSON.stringify(body)}`)
    .digest('hex');
}

/** Tells that an answer was given before. */
export function markRepeated(reply: FastifyReply): FastifyReply {
  return reply.header('idempotency-replayed', 'true');
}

function repeat(reply: FastifyReply, { status, location, etag, body }: RecordedAnswer): object | null {
  markRepeated(reply.status(status));
  if (location !== null) reply.header('location', location);
  if (etag !== null) reply.header('etag', etag);
  return body;
}
