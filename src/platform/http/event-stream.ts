import { setTimeout as sleep } from 'node:timers/promises';
import { Readable } from 'node:stream';
import { applyDecorators } from '@nestjs/common';
import { ApiNoContentResponse, ApiOkResponse } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { Failure } from '../../core/failure.js';
import { ApiProblems } from './api-problems.js';
import { Produces } from './negotiation.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Leaves out of an answer what its caller may not see; undefined: he sees all of it. */
    narrowAnswer?: (answer: object) => object;
  }
}

const EVENT_STREAM = 'text/event-stream';

/** A route that is watched: it answers with `sendEvents`. */
export function ApiEventStream(): MethodDecorator {
  return applyDecorators(
    Produces(EVENT_STREAM),
    ApiOkResponse({ description: 'The events.', content: { [EVENT_STREAM]: { schema: { type: 'string' } } } }),
    ApiNoContentResponse({ description: 'The last event has been sent: do not come back.' }),
    ApiProblems('not_found', 'too_many_watchers'),
  ) as MethodDecorator;
}

/**
 * Sends the events of what is watched as they come; 204 where `Last-Event-ID` names the last one of all.
 * @throws Failure database_unavailable, and what the first look throws
 */
export async function sendEvents(reply: FastifyReply, watched: Watched): Promise<void> {
  const { narrowAnswer } = reply.request;
  const seen = narrowAnswer === undefined ? watched : narrowed(watched, narrowAnswer);
  const lastEventId = [reply.request.headers['last-event-id'] ?? []].flat()[0] ?? null;
  const now = await seen.read();
  if (now === null) throw new Failure('database_unavailable', 'The database cannot be reached. Try again in a moment.');
  if (now.isLast && now.id === lastEventId) return void reply.status(204).send();
  // Proxies that collect answers would hold the events back.
  reply.header('cache-control', 'no-store').header('x-accel-buffering', 'no').type(`${EVENT_STREAM}; charset=utf-8`);
  reply.send(Readable.from(eventStream(seen, lastEventId)));
}

/** What is watched, for who may see less of it; data in pieces are narrowed by who makes them. */
function narrowed(watched: Watched, narrow: (answer: object) => object): Watched {
  return {
    read: async () => {
      const snapshot = await watched.read();
      if (snapshot === null || Symbol.asyncIterator in snapshot.data) return snapshot;
      return { ...snapshot, data: narrow(snapshot.data) };
    },
    changed: (maxMs) => watched.changed(maxMs),
    get isClosing() {
      return watched.isClosing;
    },
  };
}

/** One state of what is watched. Two with one id are one event. */
export interface Snapshot {
  readonly id: string;
  readonly event: string;
  /** An object, or the text of its JSON in pieces. */
  readonly data: object | AsyncIterable<string>;
  /** Nothing comes after it. */
  readonly isLast: boolean;
}

/** Where the events come from. */
export interface Watched {
  /** What holds now. Null: it cannot be read at the moment. */
  read(): Promise<Snapshot | null>;
  /** Resolves soon after a change, and in any case after `maxMs`. */
  changed(maxMs: number): Promise<void>;
  /** Whether this process is about to stop. */
  readonly isClosing: boolean;
}

/** The state is read this often, also without a hint: a change whose hint was lost is reported this late at most. */
const LOOK_EVERY_MS = 2000;
const HEARTBEAT_MS = 15_000;
/** What a client waits before it comes back. */
const RETRY_MS = 1000;

/**
 * Server-sent events of what is watched, from its present state to its last one, which ends the stream. A client that
 * comes back with the id of the last event it has got goes on behind it: each state is sent once, however often the
 * connection is cut.
 */
export async function* eventStream(
  watched: Watched,
  lastEventId: string | null,
  heartbeatMs = HEARTBEAT_MS,
): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  let reported = lastEventId;
  let spokeMs = performance.now();
  for (;;) {
    const snapshot = await watched.read();
    if (snapshot !== null && snapshot.id !== reported) {
      yield* textOf(snapshot);
      reported = snapshot.id;
      spokeMs = performance.now();
    }
    if (snapshot?.isLast || watched.isClosing) return;
    await (snapshot === null ? sleep(RETRY_MS) : watched.changed(Math.min(LOOK_EVERY_MS, heartbeatMs)));
    if (performance.now() - spokeMs >= heartbeatMs) {
      yield ': still here\n\n';
      spokeMs = performance.now();
    }
  }
}

/** JSON has no line breaks, and ids are ours. */
async function* textOf({ id, event, data }: Snapshot): AsyncGenerator<string> {
  const head = `id: ${id}\nevent: ${event}\ndata: `;
  if (!(Symbol.asyncIterator in data)) return yield `${head}${JSON.stringify(data)}\n\n`;
  yield head;
  yield* data;
  yield '\n\n';
}
