import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
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
  answer?: string;
}

interface Context {
  readonly library: string;
  readonly entry?: { readonly url?: string; readonly referrer?: string };
}

/** Passes a hit on, holds it back until it behaves otherwise, or answers a status. */
type Reaction = 'pass' | 'hold' | { readonly status: number; readonly headers?: Record<string, string> };

interface Passed {
  readonly status: number;
  readonly answer: string;
}

/** Every event that the program has taken, each once, by the ids. */
export function takenOf(hits: readonly Hit[]): SentEvent[] {
  const events = hits.filter(({ status }) => status === 202).flatMap(({ body }) => body.events);
  // The first one of an id is that which counts.
  return [...new Map(events.reverse().map((event) => [event.id, event])).values()].sort((a, b) =>
    a.id < b.id ? -1 : 1,
  );
}

/** What the door does with a hit. */
export type Behaviour = Reaction | ((hit: Hit) => Reaction);

/** Stands before the program, writes down what comes, and fails as it is told. */
export interface RecordingDoor {
  readonly url: string;
  /** Of the present test. */
  readonly hits: Hit[];
  /** Of all tests. */
  readonly all: readonly Hit[];
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

/** `program`: where the program listens. */
export async function startRecordingDoor(program: string): Promise<RecordingDoor> {
  let behaviour: Behaviour = 'pass';
  let atOnce = 0;
  let recorded = '';
  let mostAtOnce = 0;
  let scripts = 0;
  const hits: Hit[] = [];
  const all: Hit[] = [];
  const held: (() => void)[] = [];

  async function pass(request: IncomingMessage, response: ServerResponse, body?: string): Promise<Passed> {
    const { host: _, connection: __, 'content-length': ___, ...headers } = request.headers;
    const sent = { method: request.method, headers: headers as Record<string, string>, body };
    const answer = await fetch(program + request.url, sent);
    const bytes = Buffer.from(await answer.arrayBuffer());
    const given = Object.fromEntries(answer.headers);
    // Unpacked by now.
    delete given['content-encoding'];
    delete given['content-length'];
    response.writeHead(answer.status, given).end(bytes);
    return { status: answer.status, answer: bytes.toString() };
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
    all.push(hit);
    if (typeof now === 'object') {
      const cors = {
        'access-control-allow-origin': request.headers.origin ?? '*',
        'access-control-expose-headers': 'Retry-After',
      };
      response.writeHead(now.status, { ...cors, ...now.headers }).end('{}');
      hit.status = now.status;
    } else Object.assign(hit, await pass(request, response, body));
    atOnce -= 1;
  }

  const server: Server = createServer(
    (request, response) => void take(request, response).catch(() => response.destroy()),
  );
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const door: RecordingDoor = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    hits,
    all,
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
    taken: () => takenOf(hits),
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
