import { Injectable, type OnModuleInit } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import type { FastifyAdapter } from '@nestjs/platform-fastify';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { networkOf } from '../../core/access/network-of.js';
import { AuditLog, type NewAuditEntry } from './audit-log.service.js';

/**
 * Writes calls of routes that are `Audited` into the log, before the first byte of their answer leaves: what is answered
 * is in the log, and where that cannot be written nothing is exported.
 */
@Injectable()
export class AuditHook implements OnModuleInit {
  constructor(
    private readonly host: HttpAdapterHost<FastifyAdapter>,
    private readonly log: AuditLog,
  ) {}

  onModuleInit(): void {
    // A worker has no HTTP server.
    this.host.httpAdapter?.getInstance().addHook('onSend', (request, reply, payload, done) => {
      const entry = entryOf(request, reply);
      // A promise would cost every other answer a turn of the event loop.
      if (entry === null) return done(null, payload);
      void this.add(entry, (error) => (error === null ? done(null, payload) : done(error)));
    });
  }

  private async add(entry: NewAuditEntry, done: (error: Error | null) => void): Promise<void> {
    try {
      await this.log.add(entry);
    } catch (error) {
      return done(error as Error);
    }
    done(null);
  }
}

/** Null: the call is not in the log. Of a caller without an account there is none that it could be in. */
function entryOf(request: FastifyRequest, reply: FastifyReply): NewAuditEntry | null {
  const action = request.actor?.action ?? request.routeOptions.config.audited;
  const actor = request.actor ?? request.principal;
  if (action === undefined || actor === undefined || request.method === 'HEAD') return null;
  const { statusCode: status } = reply;
  if (action === 'people.export' && status < 400 && !reply.hasHeader('content-disposition')) return null;
  return {
    accountId: actor.accountId,
    actor: actor.id,
    action,
    propertyId: request.property?.id ?? null,
    thing: thingOf(request, reply),
    network: networkOf(request.ip),
    requestId: request.id,
    status,
  };
}

/** What was made, by its Location, or what the path names. */
function thingOf({ params }: FastifyRequest, reply: FastifyReply): string | null {
  const location = reply.statusCode === 201 ? reply.getHeader('location') : undefined;
  if (typeof location === 'string') return location.split('/').at(-1) ?? null;
  const { property: _, ...named } = params as Readonly<Record<string, string>>;
  return Object.values(named).at(-1) ?? null;
}
