import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEngine, type EmbeddedEngine } from '@muster/embedded-stores';
import { MusterClient } from '../../packages/client/src/index.js';
import { silentLogger } from '../support/embedded-engine.js';
import { startTestRedis, type TestRedis } from '../support/redis-server.js';
import { Audit } from './audit.js';
import { startMusterProcess, type LogLine, type MusterProcess } from './muster-process.js';
import type { Api, Site, SiteUrls } from './site.js';
import { startRestartablePostgres, type RestartablePostgres } from './restartable-postgres.js';
import { question, worldEvents, type Question } from './world.js';

export type QueueKind = 'postgres' | 'redis';
type Role = 'api' | 'worker';

export interface FleetOptions {
  /** Of the folder below CHAOS_LOGS in which the logs are kept, where that is set. */
  readonly name: string;
  readonly queue: QueueKind;
  /** Settings of every process. */
  readonly env?: Readonly<Record<string, string>>;
}

/** Two processes that serve and two that work, on servers of the test's own; each can be killed and replaced. */
export class Fleet implements Site {
  readonly apis: Api[] = [];
  readonly workers: MusterProcess[] = [];
  /** Of all processes that ever were. */
  readonly #all: MusterProcess[] = [];
  readonly #names = new Map<Role, number>();
  #asked = 0;
  apiKey = '';

  private constructor(
    readonly options: FleetOptions,
    readonly postgres: RestartablePostgres,
    readonly engine: EmbeddedEngine,
    readonly redis: TestRedis | undefined,
    readonly audit: Audit,
    private readonly folder: string,
  ) {}

  static async start(options: FleetOptions): Promise<Fleet> {
    const folder = mkdtempSync(join(tmpdir(), 'muster-chaos-'));
    const [postgres, engine, redis] = await Promise.all([
      startRestartablePostgres(),
      startEngine({ dataDir: join(folder, 'engine'), memoryBytes: 1_500_000_000, fsync: false, logger: silentLogger }),
      options.queue === 'redis' ? startTestRedis() : undefined,
    ]);
    const fleet = new Fleet(options, postgres, engine, redis, new Audit(postgres.url), folder);
    try {
      await fleet.open();
    } catch (error) {
      await fleet.stop();
      throw error;
    }
    return fleet;
  }

  get urls(): SiteUrls {
    return { databaseUrl: this.postgres.url, engineUrl: this.engine.url, redisUrl: this.redis?.url };
  }

  /** The first process makes the schemas, the account and its key. */
  private async open(): Promise<void> {
    await this.addApi();
    this.apiKey = readFileSync(join(this.folder, 'admin-key'), 'utf8').trim();
    await this.audit.install();
    await new MusterClient({ url: this.apis[0]!.url, apiKey: this.apiKey })
      .property('default')
      .sendEvents(worldEvents());
    await Promise.all([this.addApi(), this.addWorker(), this.addWorker()]);
  }

  async addApi(more: { env?: Readonly<Record<string, string>> } = {}): Promise<Api> {
    const process = this.spawn('api', more);
    const api = { process, url: await process.ready };
    this.apis.push(api);
    return api;
  }

  async addWorker(more: { env?: Readonly<Record<string, string>>; preload?: string } = {}): Promise<MusterProcess> {
    const worker = this.spawn('worker', more);
    await worker.ready;
    this.workers.push(worker);
    return worker;
  }

  /** A process that may refuse to start: it is not waited for. */
  spawn(
    role: Role,
    { env, preload }: { env?: Readonly<Record<string, string>>; preload?: string } = {},
  ): MusterProcess {
    const number = (this.#names.get(role) ?? 0) + 1;
    this.#names.set(role, number);
    const name = `${role}-${number}`;
    const started = startMusterProcess({
      name,
      logFolder: logFolder(this.options),
      ...(preload && { preload }),
      env: {
        MUSTER_ROLE: role,
        MUSTER_PORT: '0',
        MUSTER_DATA_DIR: this.folder,
        // The audit tells processes apart by it.
        DATABASE_URL: `${this.postgres.url}&application_name=${name}`,
        CLICKHOUSE_URL: this.engine.url,
        ...(this.redis && { REDIS_URL: this.redis.url }),
        ...this.options.env,
        ...env,
      },
    });
    this.#all.push(started);
    return started;
  }

  async killApi(api: Api): Promise<void> {
    this.apis.splice(this.apis.indexOf(api), 1);
    await api.process.kill();
  }

  async killWorker(worker: MusterProcess): Promise<void> {
    this.workers.splice(this.workers.indexOf(worker), 1);
    await worker.kill();
  }

  newQuestion(slowness = 0): Question {
    return question(this.#asked++, slowness);
  }

  logs(): readonly (readonly LogLine[])[] {
    return this.#all.map(({ log }) => log);
  }

  async stop(): Promise<void> {
    for (const one of this.#all) if (one.isAlive) one.signal('SIGCONT');
    await Promise.all(this.#all.map((one) => (one.isAlive ? one.kill() : undefined)));
    await this.engine.stop();
    await Promise.all([this.redis?.stop(), this.postgres.stop()]);
    rmSync(this.folder, { recursive: true, force: true });
  }
}

function logFolder({ name, queue }: FleetOptions): string | undefined {
  const all = process.env['CHAOS_LOGS'];
  if (all === undefined) return undefined;
  const folder = join(all, `${name}-${queue}`);
  mkdirSync(folder, { recursive: true });
  return folder;
}
