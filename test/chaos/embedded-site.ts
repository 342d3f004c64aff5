import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { enginePaths, postgresUrl } from '@muster/embedded-stores';
import { MusterClient } from '../../packages/client/src/index.js';
import { spawnWatchdog } from '../support/embedded-postgres.js';
import { Audit } from './audit.js';
import { startMusterProcess, type LogLine, type MusterProcess } from './muster-process.js';
import type { Api, Site, SiteUrls } from './site.js';
import { question, worldEvents, type Question } from './world.js';

/** Muster as `npm start` has it: one process, which runs its stores itself. */
export class EmbeddedSite implements Site {
  apis: Api[] = [];
  readonly #all: MusterProcess[] = [];
  #asked = 0;

  private constructor(
    private readonly folder: string,
    readonly apiKey: string,
    readonly urls: SiteUrls,
    readonly audit: Audit,
  ) {}

  static async start(): Promise<EmbeddedSite> {
    const folder = mkdtempSync(join(tmpdir(), 'muster-chaos-'));
    // PostgreSQL outlives a process that is killed, and has to end with this one.
    spawnWatchdog(folder, process.pid);
    const first = startMusterProcess({ name: 'first', env: envOf(folder) });
    await first.ready;
    const urls = {
      databaseUrl: postgresUrl(folder),
      engineUrl: `unix:${enginePaths(join(folder, 'engine')).socketPath}`,
      redisUrl: undefined,
    };
    const apiKey = readFileSync(join(folder, 'admin-key'), 'utf8').trim();
    const site = new EmbeddedSite(folder, apiKey, urls, new Audit(urls.databaseUrl));
    await site.audit.install();
    await site.keep(first);
    await new MusterClient({ url: site.apis[0]!.url, apiKey }).property('default').sendEvents(worldEvents());
    return site;
  }

  async restart(): Promise<void> {
    await this.keep(startMusterProcess({ name: `embedded-${this.#all.length}`, env: envOf(this.folder) }));
  }

  private async keep(process: MusterProcess): Promise<void> {
    this.#all.push(process);
    this.apis = [{ process, url: await process.ready }];
  }

  /** `kill -9`; the service is away until `restart`. */
  async kill(): Promise<void> {
    const [api] = this.apis;
    this.apis = [];
    await api?.process.kill();
  }

  newQuestion(slowness = 0): Question {
    return question(this.#asked++, slowness);
  }

  logs(): readonly (readonly LogLine[])[] {
    return this.#all.map(({ log }) => log);
  }

  async stop(): Promise<void> {
    await this.apis[0]?.process.stop();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

const envOf = (folder: string): Record<string, string> => ({ MUSTER_DATA_DIR: folder, MUSTER_PORT: '0' });
