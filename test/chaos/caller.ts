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

/** A caller that goes from one api process to the next, and remembers whatever was accepted. */
export class Caller {
  readonly accepted: Accepted[] = [];
  /** POSTs that were sent again, since the connection broke or the answer was a 5xx. */
  resent = 0;
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
        if (response.status < 500 || performance.now() > endMs) return response;
        await response.body?.cancel();
      } catch (error) {
        if (performance.now() > endMs) throw error;
      }
      if (method === 'POST') this.resent += 1;
    }
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
