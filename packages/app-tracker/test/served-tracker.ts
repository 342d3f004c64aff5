import { type LocalApi, startLocalApi } from '../src/local-api/local-api.js';
import type { TrackerOptions } from '../src/options.js';
import { type GivenHeaders, type LocalAnswer, LocalClient } from './local-client.js';
import { OpenTrackers } from './open-trackers.js';

/** Of its API. */
export const TOKEN = 'x'.repeat(43);

/** A tracker behind its API, which may be started again. */
export class ServedTracker {
  readonly trackers = new OpenTrackers();
  #api: LocalApi | undefined;
  #client: LocalClient | undefined;

  async start(options: Partial<TrackerOptions> = {}): Promise<void> {
    const tracker = await this.trackers.open({ historyLength: 5, ...options });
    this.#api = await startLocalApi({ tracker, token: TOKEN, host: '127.0.0.1', port: 0 });
    this.#client = new LocalClient(this.#api.url, TOKEN);
  }

  call(method: string, path: string, body?: unknown, headers?: GivenHeaders): Promise<LocalAnswer> {
    if (this.#client === undefined) throw new Error('It has not been started');
    return this.#client.call(method, path, body, headers);
  }

  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  async stop(): Promise<void> {
    this.#client?.close();
    await this.#api?.close();
    await this.trackers.closeAll();
  }

  async end(): Promise<void> {
    await this.stop();
    await this.trackers.end();
  }
}
