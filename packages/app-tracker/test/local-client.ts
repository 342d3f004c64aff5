import { Agent, request } from 'node:http';
import { text } from 'node:stream/consumers';

export interface LocalAnswer {
  readonly status: number;
  readonly headers: NodeJS.Dict<string | string[]>;
  readonly text: string;
  // oxlint-disable-next-line typescript/no-explicit-any
  readonly json: any;
}

/** Undefined leaves a header out. */
export type GivenHeaders = Readonly<Record<string, string | undefined>>;

/** Calls a local API as any program would: one connection after another, headers as they are given. */
export class LocalClient {
  readonly #agent = new Agent({ keepAlive: true });

  constructor(
    private readonly url: string,
    private readonly token: string,
  ) {}

  /** @throws what the network throws, also in the middle of an answer */
  async call(method: string, path: string, body?: unknown, given: GivenHeaders = {}): Promise<LocalAnswer> {
    const sent = body === undefined || typeof body === 'string' || Buffer.isBuffer(body) ? body : JSON.stringify(body);
    const all: GivenHeaders = {
      authorization: `Bearer ${this.token}`,
      ...(sent !== undefined && { 'content-type': 'application/json', 'content-length': `${Buffer.byteLength(sent)}` }),
      ...given,
    };
    const headers = Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
    const { hostname, port } = new URL(this.url);
    return new Promise((resolve, reject) => {
      const options = { agent: this.#agent, hostname, port, method, path, headers };
      const call = request(options, (response) => {
        text(response).then((said) => {
          const isJson = /json/.test(response.headers['content-type'] ?? '');
          const { statusCode: status = 0 } = response;
          resolve({
            status,
            headers: response.headers,
            text: said,
            json: isJson && said !== '' ? JSON.parse(said) : null,
          });
        }, reject);
      });
      call.on('error', reject).end(sent);
    });
  }

  close(): void {
    this.#agent.destroy();
  }
}
