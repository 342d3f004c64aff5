import { get } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Site } from './site.js';

const END_STATES = new Set(['succeeded', 'failed', 'cancelled']);
const RETRY_MS = 1000;

/** What one watcher has seen. */
export interface Watched {
  /** Last events, of which there must be one. */
  readonly ends: readonly string[];
  /** Events told twice, one after the other; a place in the line may well come again. */
  readonly repeated: number;
  /** Times that it came back after a cut. */
  readonly reconnects: number;
}

/**
 * Watches a request as a browser would: after a cut it comes back to another process with the id of the last event it
 * has got, until the end has come.
 */
export async function watch(site: Site, requestId: string, firstApi: number, patienceMs: number): Promise<Watched> {
  const ids: string[] = [];
  const ends: string[] = [];
  const endMs = performance.now() + patienceMs;
  for (let turn = firstApi; performance.now() < endMs; turn++) {
    const url = site.apis[turn % site.apis.length]?.url;
    const status = url === undefined ? 0 : await follow(url, site.apiKey, requestId, ids, ends);
    if (ends.length > 0 || status === 204) {
      return { ends, repeated: repeats(ids), reconnects: turn - firstApi };
    }
    await sleep(RETRY_MS);
  }
  return { ends, repeated: repeats(ids), reconnects: -1 };
}

/** One connection, to its end of whatever kind; resolves to the status, 0 where there was none. */
async function follow(url: string, apiKey: string, id: string, ids: string[], ends: string[]): Promise<number> {
  const lastId = ids.at(-1);
  const headers = { authorization: `Bearer ${apiKey}`, ...(lastId !== undefined && { 'last-event-id': lastId }) };
  return await new Promise((resolve) => {
    const call = get(`${url}/v1/properties/default/requests/${id}/events`, { headers, agent: false }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => {
        text += chunk;
        const blocks = text.split('\n\n');
        text = blocks.pop() ?? '';
        for (const block of blocks) take(block, ids, ends);
      });
      response.once('close', () => resolve(response.statusCode ?? 0));
      response.once('error', () => undefined);
    });
    call.once('error', () => resolve(0));
  });
}

function take(block: string, ids: string[], ends: string[]): void {
  const field = (name: string): string | undefined => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1];
  const id = field('id');
  if (id === undefined) return;
  ids.push(id);
  const event = field('event') ?? '';
  if (END_STATES.has(event)) ends.push(event);
}

function repeats(ids: readonly string[]): number {
  return ids.filter((id, i) => id === ids[i - 1]).length;
}
