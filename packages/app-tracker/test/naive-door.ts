import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import type { CollectedEvent } from '../src/upload/compose-events.js';

const DAY_MS = 86_400_000;

export interface Body {
  readonly key: string;
  readonly context: { readonly application: { readonly name: string; readonly version: string } };
  readonly events: readonly CollectedEvent[];
}

export interface Reply {
  readonly status: number;
  readonly body?: object | string;
  readonly headers?: Readonly<Record<string, string>>;
}

/** A server that takes events by the rules of the door, one by one, and answers something else where it is told to. */
export interface NaiveDoor {
  readonly url: string;
  /** Every event that has been counted, once. */
  readonly events: readonly (CollectedEvent & { readonly application: string; readonly version: string })[];
  /** Every body that came, taken or not. */
  readonly bodies: readonly Body[];
  /** Every path that was asked for. */
  readonly paths: readonly string[];
  /** By how much its clock is ahead, in ms. */
  aheadMs: number;
  /** Undefined: by the rules. Called after `take`, it is an answer that gets lost. */
  reply: (body: Body, take: () => Reply) => Reply | undefined | Promise<Reply | undefined>;
  close(): Promise<void>;
}

/** @param port 0: a free one */
export async function startNaiveDoor(port = 0): Promise<NaiveDoor> {
  const counted = new Map<string, NaiveDoor['events'][number]>();
  const bodies: Body[] = [];
  const paths: string[] = [];
  const take = ({ context, events }: Body): Reply => {
    const nowMs = Date.now() + door.aheadMs;
    let [accepted, duplicates, rejected] = [0, 0, 0];
    for (const event of events) {
      const identity = JSON.stringify([event.user ?? event.visitor, event.event, event.time, event.id]);
      const ms = Date.parse(event.time);
      if (ms < nowMs - 7 * DAY_MS || ms > nowMs + DAY_MS) rejected++;
      else if (counted.has(identity)) duplicates++;
      else {
        accepted++;
        const { name: application, version } = context.application;
        counted.set(identity, { ...event, application, version });
      }
    }
    const errors = [{ code: 'time_out_of_range', pointer: '/time', detail: 'x', count: rejected, indexes: [] }];
    return { status: 202, body: { accepted, duplicates, rejected, errors: rejected === 0 ? [] : errors } };
  };
  const server = createServer((request, response) => {
    void (async () => {
      paths.push(request.url ?? '');
      response.setHeader('date', new Date(Date.now() + door.aheadMs).toUTCString());
      if (request.method === 'OPTIONS') return response.writeHead(204).end();
      const body = (await json(request)) as Body;
      bodies.push(body);
      const { status, body: said = {}, headers } = (await door.reply(body, () => take(body))) ?? take(body);
      if (status === 0) return response.destroy();
      response.writeHead(status, { 'content-type': 'application/json', ...headers });
      return response.end(typeof said === 'string' ? said : JSON.stringify(said));
    })();
  });
  server.listen(port, '127.0.0.1');
  await once(server, 'listening');
  const door: NaiveDoor = {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    get events() {
      return [...counted.values()];
    },
    bodies,
    paths,
    aheadMs: 0,
    reply: () => undefined,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return door;
}
