import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { EngineLogger } from '../../src/stores/clickhouse/embedded/engine-supervisor.js';
import { startEngine } from '../../src/stores/clickhouse/embedded/start-engine.js';
import { Engine } from '../../src/stores/clickhouse/engine.js';
import { migrateEngine } from '../../src/stores/clickhouse/migrate.js';

export interface TestEngine {
  readonly engine: Engine;
  readonly url: string;
  readonly folder: string;
  readonly pid: number | undefined;
  /** Ends the engine's process and removes its folder. */
  stop(): Promise<void>;
}

export const TEST_LIMITS = { timeLimitMs: 60_000, memoryLimitBytes: 1_000_000_000 };
export const silentLogger: EngineLogger = { info: () => undefined, warn: () => undefined };

/** An engine of its own in a new folder, with the migrations run. */
export async function startTestEngine({ migrate = true } = {}): Promise<TestEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-engine-'));
  const embedded = await startEngine({
    dataDir: folder,
    memoryBytes: 1_500_000_000,
    fsync: false,
    logger: silentLogger,
  });
  const engine = new Engine(embedded.url, TEST_LIMITS);
  if (migrate) await migrateEngine(engine);
  return {
    engine,
    url: embedded.url,
    folder,
    get pid() {
      return embedded.pid;
    },
    stop: async () => {
      await engine.close();
      await embedded.stop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
