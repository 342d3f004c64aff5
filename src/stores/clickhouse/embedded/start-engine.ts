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
}

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
 * Rejects with a reason where it cannot start, as when another process holds the folder for more than ten seconds.
 */
export async function startEngine({ dataDir, memoryBytes, fsync, logger }: StartEngineOptions): Promise<EmbeddedEngine> {
  const folder = resolve(dataDir);
  await mkdir(folder, { recursive: true, mode: 0o700 });
  const paths = enginePaths(folder);
  const supervisor = new EngineSupervisor({ folder, ...paths, memoryBytes, fsync }, logger);
  await supervisor.start();
  return {
    url: `unix:${paths.socketPath}`,
    get pid() {
      return supervisor.pid;
    },
    stop: () => supervisor.stop(),
  };
}
