import { readFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { basename, join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PACKAGE_ROOT } from '../../support/source-files.js';
import { until } from '../../support/until.js';

/** An event as a page has sent it. */
export interface SentEvent {
  readonly event: string;
  readonly time: string;
  readonly id: string;
  readonly visitor?: string;
  readonly session?: string;
  readonly tab?: string;
  readonly user?: string;
  readonly properties?: Readonly<Record<string, unknown>>;
  readonly traits?: Readonly<Record<string, unknown>>;
  readonly registered_at?: string;
}

/** A body that has come in. */
export interface Hit {
  readonly text: string;
  readonly body: {
    readonly key: string;
    readonly sent_at: string;
    readonly context: Context;
    readonly events: SentEvent[];
  };
  readonly headers: IncomingMessage['headers'];
  /** What was answered; undefined while the page waits. */
  status?: number;
}

interface Context {
  readonly library: string;
  readonly entry?: { readonly url?: string; readonly referrer?: string };
}

/** Passes a hit on, holds it back until it behaves otherwise, or answers a status. */
type Reaction = 'pass' | 'hold' | { readonly status: number; readonly headers?: Record<string, string> };

/** What the door does with a hit. */
export type Behaviour = Reaction | ((hit: Hit) => Reaction);

/** Takes what trackers send, writes it down, and fails as it is told. */
export interface RecordingDoor {
  readonly url: string;
  readonly hits: Hit[];
  /** Hits that are not answered yet, at most, since `forget`. */
  readonly mostAtOnce: number;
  behave(behaviour: Behaviour): void;
  /** Resolves when so many scripts have been given out, from now on. */
  served(count: number): Promise<void>;
  /** Every event that has been taken, each once, by the ids. */
  taken(): SentEvent[];
  /** Forgets what has come, and passes on again; from now on writes down the hits of this origin alone. */
  forget(origin?: string): void;
  stop(): Promise<void>;
}

export async function startRecordingDoor(): Promise<RecordingDoor> {
  let behaviour: Behaviour = 'pass';
  let atOnce = 0;
  let recorded = '';
  let mostAtOnce = 0;
  let scripts = 0;
  const hits: Hit[] = [];
  const held: (() => void)[] = [];

  async function pass({ method, url = '', headers }: IncomingMessage, response: ServerResponse): Promise<number> {
    if (method === 'GET') {
      const file = readFileSync(join(PACKAGE_ROOT, 'packages/tracker/dist', basename(url)));
      response.writeHead(200, { 'content-type': 'text/javascript' }).end(file);
      return 200;
    }
    const cors = { 'access-control-allow-origin': headers.origin ?? '*' };
    response.writeHead(202, { 'content-type': 'application/json', ...cors });
    response.end('{"accepted":1,"duplicates":0,"rejected":0,"errors":[]}');
    return 202;
  }

  async function take(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'POST') {
      await pass(request, response);
      scripts += 1;
      return;
    }
    const body = await text(request);
    const hit: Hit = { text: body, body: JSON.parse(body), headers: request.headers };
    // Closed tabs of a test before may still send.
    if (request.headers.origin === recorded) hits.push(hit);
    atOnce += 1;
    mostAtOnce = Math.max(mostAtOnce, atOnce);
    if (behaviour === 'hold') await new Promise<void>((resolve) => held.push(resolve));
    const now = typeof behaviour === 'function' ? behaviour(hit) : behaviour;
    if (typeof now === 'object') {
      const cors = {
        'access-control-allow-origin': request.headers.origin ?? '*',
        'access-control-expose-headers': 'Retry-After',
      };
      response.writeHead(now.status, { ...cors, ...now.headers }).end('{}');
      hit.status = now.status;
    } else hit.status = await pass(request, response);
    atOnce -= 1;
  }

  const server: Server = createServer(
    (request, response) => void take(request, response).catch(() => response.destroy()),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const door: RecordingDoor = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hits,
    get mostAtOnce() {
      return mostAtOnce;
    },
    behave(next) {
      behaviour = next;
      if (next !== 'hold') held.splice(0).forEach((go) => go());
    },
    served: (count) => {
      const wanted = scripts + count;
      return until(() => scripts >= wanted);
    },
    taken() {
      const all = hits.filter(({ status }) => status === 202).flatMap(({ body }) => body.events);
      return [...new Map(all.map((event) => [event.id, event])).values()].sort((a, b) => (a.id < b.id ? -1 : 1));
    },
    forget(origin = recorded) {
      recorded = origin;
      door.behave('pass');
      hits.splice(0);
      mostAtOnce = atOnce;
    },
    stop: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
  return door;
}
