import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type StoreLogger, startEngine } from '@muster/embedded-stores';
import { Engine } from '../../src/stores/clickhouse/engine.js';
import { migrateEngine } from '../../src/stores/clickhouse/migrate.js';
import { borrowEngine } from './shared-engine.js';

export interface TestEngine {
  readonly engine: Engine;
  readonly url: string;
  readonly folder: string;
  readonly pid: number | undefined;
  /** Ends the engine's process and removes its folder, or gives it back for the next suite. */
  stop(): Promise<void>;
}

export const TEST_LIMITS = { timeLimitMs: 60_000, memoryLimitBytes: 1_000_000_000 };
export const silentLogger: StoreLogger = {
  info: () => undefined,
  warn: () => undefined,
  error: () => undefined,
};

export interface TestEngineOptions {
  /**
   * Its process is for one suite, which may stop, kill or migrate it; else the suites of a run use it one after
   * another.
   */
  readonly isOwn?: boolean;
  /** Without the migrations run, an engine of its own. */
  readonly migrate?: boolean;
  /** An engine of its own, whose downloads may take no more of the disk. */
  readonly exportSpoolBytes?: number;
}

/** An engine with empty tables that nobody else uses. */
export function startTestEngine(options: TestEngineOptions = {}): Promise<TestEngine> {
  const { isOwn = false, migrate = true, exportSpoolBytes } = options;
  return isOwn || !migrate || exportSpoolBytes !== undefined
    ? startOwnEngine(migrate, exportSpoolBytes)
    : borrowEngine();
}

async function startOwnEngine(migrate: boolean, exportSpoolBytes?: number): Promise<TestEngine> {
  const folder = await mkdtemp(join(tmpdir(), 'muster-engine-'));
  const embedded = await startEngine({
    dataDir: folder,
    memoryBytes: 1_500_000_000,
    ...(exportSpoolBytes !== undefined && { exportSpoolBytes }),
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
