import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join, resolve } from 'node:path';
import type { StoreLogger } from '../store-logger.js';
import { EngineSupervisor } from './engine-supervisor.js';

export interface StartEngineOptions {
  /** The engine's own folder; made if it is not there. */
  readonly dataDir: string;
  /** Ceiling of the engine as a whole. */
  readonly memoryBytes: number;
  /** Whether an insert survives the death of the machine too. */
  readonly fsync: boolean;
  readonly logger: StoreLogger;
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

/** A unix socket's path has at most 103 bytes on macOS and 107 on Linux. */
const MAX_SOCKET_PATH_BYTES = 100;

export interface EnginePaths {
  readonly socketPath: string;
  readonly spoolFolder: string;
}

/** Where an engine with this data folder has its socket and its passing files: inside it, where the engine allows. */
export function enginePaths(folder: string): EnginePaths {
  const socketPath = join(folder, 'engine.sock');
  const spoolFolder = join(folder, 'spool');
  return {
    socketPath:
      Buffer.byteLength(socketPath) > MAX_SOCKET_PATH_BYTES ? join(shortFolder(folder), 'engine.sock') : socketPath,
    // ClickHouse: INFILE takes these signs for patterns, and nothing escapes them.
    spoolFolder: /[*?{}[\]]/.test(spoolFolder) ? join(shortFolder(folder), 'spool') : spoolFolder,
  };
}

/** A folder in the system's temporary one that only this user can enter. Throws where somebody else made it. */
function shortFolder(folder: string): string {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const path = join(tmpdir(), `muster-${hash}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o077) !== 0) {
    throw new Error(`${path} must be a folder that belongs to the user of this process with mode 0700; remove it`);
  }
  return path;
}
