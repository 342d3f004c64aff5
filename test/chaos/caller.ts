import { setTimeout as sleep } from 'node:timers/promises';
import type { Answer, UserRow } from '../../packages/client/src/index.js';
import type { Site } from './site.js';
import type { Question } from './world.js';

export interface Accepted {
  readonly id: string;
  readonly question: Question;
}

/** A store that restarts is away for this long at the most; a caller comes back meanwhile. */
const PATIENCE_MS = 90_000;
const PAUSE_MS = 100;
/** Sooner than Retry-After says, so that the line stays full. */
const COME_BACK_MS = 1000;
const QUEUE_FULL: ReadonlySet<string> = new Set(['account_queue_full', 'queue_full']);

/** A caller that goes from one api process to the next, and remembers whatever was accepted. */
export class Caller {
  readonly accepted: Accepted[] = [];
  /** POSTs that were sent again, since the connection broke or the answer was a 5xx. */
  resent = 0;
  /** POSTs that were refused for the length of the queue: by code. */
  readonly #refusals = new Map<string, number>();
  #turn = 0;

  constructor(private readonly site: Site) {}

  /** @throws Error on an answer that no outage explains */
  async ask(question: Question): Promise<Accepted> {
    const body = JSON.stringify(question.body);
    const response = await this.persistently('POST', '', body);
    if (response.status !== 200 && response.status !== 202) {
      throw new Error(`a request was answered ${response.status}: ${await response.text()}`);
    }
    const { id } = (await response.json()) as Answer;
    const accepted = { id, question };
    this.accepted.push(accepted);
    return accepted;
  }

  async answer(id: string): Promise<Answer> {
    const response = await this.persistently('GET', `/${id}`);
    if (response.status !== 200) throw new Error(`${id} was answered ${response.status}: ${await response.text()}`);
    return (await response.json()) as Answer;
  }

  async values(id: string): Promise<UserRow[]> {
    const response = await this.persistently('GET', `/${id}/users?limit=1000`);
    if (response.status !== 200) throw new Error(`${id}/users was answered ${response.status}`);
    return ((await response.json()) as { data: UserRow[] }).data;
  }

  async cancel(id: string): Promise<Answer> {
    return (await (await this.persistently('DELETE', `/${id}`)).json()) as Answer;
  }

  private async persistently(method: string, path: string, body?: string): Promise<Response> {
    for (const endMs = performance.now() + PATIENCE_MS; ; await sleep(PAUSE_MS)) {
      try {
        const response = await this.once(method, path, body);
        const isFull = await this.isRefused(response);
        if ((response.status < 500 && !isFull) || performance.now() > endMs) return response;
        if (isFull) {
          await sleep(COME_BACK_MS);
          continue;
        }
      } catch (error) {
        if (performance.now() > endMs) throw error;
      }
      if (method === 'POST') this.resent += 1;
    }
  }

  get refused(): number {
    return [...this.#refusals.values()].reduce((a, b) => a + b, 0);
  }

  /** How often a POST was refused so. */
  refusedBy(code: 'account_queue_full' | 'queue_full'): number {
    return this.#refusals.get(code) ?? 0;
  }

  /** @throws Error where a refusal does not say when to come back */
  private async isRefused(response: Response): Promise<boolean> {
    if (response.status !== 429 && response.status !== 503) return false;
    const { code } = (await response.clone().json()) as { code: string };
    if (!QUEUE_FULL.has(code)) return false;
    if (!(Number(response.headers.get('retry-after')) > 0)) throw new Error(`${code} came without Retry-After`);
    this.#refusals.set(code, (this.#refusals.get(code) ?? 0) + 1);
    return true;
  }

  private async once(method: string, path: string, body?: string): Promise<Response> {
    const { apis, apiKey } = this.site;
    const api = apis[this.#turn++ % apis.length];
    if (api === undefined) throw new Error('no api process');
    const response = await fetch(`${api.url}/v1/properties/default/requests${path}`, {
      method,
      headers: { authorization: `Bearer ${apiKey}`, ...(body && { 'content-type': 'application/json' }) },
      ...(body && { body }),
    });
    // The whole body, so that a process that dies in the middle of it counts as a lost connection.
    return new Response(await response.text(), { status: response.status, headers: response.headers });
  }
}
