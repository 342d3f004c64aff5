import { mkdir } from 'node:fs/promises';
import { resolve } from 'node:path';
import { enginePaths } from './engine-paths.js';
import { EngineSupervisor, type EngineLogger } from './engine-supervisor.js';

export interface StartEngineOptions {
  /** The engine's own folder; made if it is not there. */
  readonly dataDir: string;
  /** Ceiling of the engine as a whole. */
  readonly memoryBytes: number;
  /** Whether an insert survives the death of the machine too. */
  readonly fsync: boolean;
  readonly logger: EngineLogger;
  /** Ceiling of all whole results on their way out together; unset: 8 GiB. */
  readonly exportSpoolBytes?: number;
  /** How long an engine of an earlier process, on its way out, may hold the folder. */
  readonly lockWaitMs?: number;
}

const LOCK_WAIT_MS = 10_000;
const EXPORT_SPOOL_BYTES = 8 * 1024 ** 3;

export interface EmbeddedEngine {
  /** `unix:/path/to.sock`: the same after a restart. */
  readonly url: string;
  /** Of the process that serves now; undefined while it is being restarted. */
  readonly pid: number | undefined;
  /** Finishes or cancels what runs, closes the data and ends the process. Resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts ClickHouse in a child process and keeps it running: one that dies is started again. Resolves when it answers.
 * Rejects with a reason where it cannot start, as when another process keeps the folder.
 */
export async function startEngine(options: StartEngineOptions): Promise<EmbeddedEngine> {
  const { dataDir, memoryBytes, fsync, logger, lockWaitMs = LOCK_WAIT_MS } = options;
  const { exportSpoolBytes = EXPORT_SPOOL_BYTES } = options;
  const folder = resolve(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const paths = enginePaths(folder);
  const supervisor = new EngineSupervisor(
    { folder, ...paths, memoryBytes, exportSpoolBytes, fsync },
    lockWaitMs,
    logger,
  );
  await supervisor.start();
  return {
    url: `unix:${paths.socketPath}`,
    get pid() {
      return supervisor.pid;
    },
    stop: () => supervisor.stop(),
  };
}
