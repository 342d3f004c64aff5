import { Agent, request } from 'node:http';
import type { Call } from './calls.js';

/** Longer than any answer that is not waited for. */
const LONGEST_MS = 30_000;

export interface Reply {
  readonly status: number;
  readonly type: string;
  readonly text: string;
  readonly ms: number;
}

/** Sends calls as they are, over connections that are used again. */
export class Wire {
  private readonly agent = new Agent({ keepAlive: true, maxSockets: 8 });

  constructor(private readonly url: string) {}

  /** Rejects where the connection breaks, or no answer has come to its end in time. */
  send(call: Call, credentials: Readonly<Record<string, string>>): Promise<Reply> {
    const { operation, path, headers, body } = call;
    const { method } = operation;
    const { hostname, port } = new URL(this.url);
    const began = performance.now();
    return new Promise((resolve, reject) => {
      const length = body === null ? {} : { 'content-length': String(body.length) };
      const options = {
        hostname,
        port,
        method,
        path,
        agent: this.agent,
        headers: { ...headers, ...credentials, ...length },
      };
      const sent = request(options, (response) => {
        const parts: Buffer[] = [];
        response.on('data', (part: Buffer) => parts.push(part));
        response.once('error', reject);
        response.once('end', () =>
          resolve({
            status: response.statusCode ?? 0,
            type: response.headers['content-type'] ?? '',
            text: Buffer.concat(parts).toString('utf8'),
            ms: performance.now() - began,
          }),
        );
      });
      sent.setTimeout(LONGEST_MS, () => sent.destroy(new Error(`No answer in ${LONGEST_MS} ms`)));
      sent.once('error', (error: NodeJS.ErrnoException) => {
        // The server has closed a kept connection while this call was on its way to it.
        if (sent.reusedSocket && error.code === 'ECONNRESET') resolve(this.send(call, credentials));
        else reject(error);
      });
      sent.end(body ?? undefined);
    });
  }

  close(): void {
    this.agent.destroy();
  }
}
