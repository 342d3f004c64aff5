import { once } from 'node:events';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { MusterClient, type PropertyClient, type UsageBatch } from '../../../packages/client/src/index.js';

/** An answer of the service, or of a proxy before it (a text). */
export interface UsageReply {
  readonly status: number;
  readonly body: object | string;
}

export const TAKEN: UsageReply = { status: 201, body: { duplicate: false } };

/** A local HTTP server that keeps the batches that it gets, and answers what it is told to. */
export interface UsageReceiver {
  readonly client: PropertyClient;
  readonly got: UsageBatch[];
  reply: (batch: UsageBatch) => UsageReply | Promise<UsageReply>;
  close(): Promise<void>;
}

export async function startUsageReceiver(): Promise<UsageReceiver> {
  const server = createServer((request, response) => {
    void (async () => {
      const batch = (await json(request)) as UsageBatch;
      receiver.got.push(batch);
      const { status, body } = await receiver.reply(batch);
      const isText = typeof body === 'string';
      response.writeHead(status, { 'content-type': isText ? 'text/html' : 'application/json' });
      response.end(isText ? body : JSON.stringify(body));
    })();
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const receiver: UsageReceiver = {
    client: new MusterClient({ url, apiKey: 'x' }).property('shop'),
    got: [],
    reply: () => TAKEN,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
  return receiver;
}
