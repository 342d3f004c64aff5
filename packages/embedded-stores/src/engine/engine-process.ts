import { once } from 'node:events';
import { chmodSync, mkdirSync, rmSync, writeFileSync, writeSync } from 'node:fs';
import { join } from 'node:path';
import { Worker } from 'node:worker_threads';
import { engineConfigXml } from './engine-config.js';
import type { EngineMessage, EngineProcessOptions } from './engine-child.js';
import { EngineServer } from './engine-server.js';
import { loadNative, type Native, type NativeConnection } from './native.js';
import { QueryRunner } from './query-runner.js';
import { ResultSpool } from './spool.js';

/** How long a query may go on once the engine has been told to stop. */
const STOP_GRACE_MS = 2_000;
/** What may take longer than that is cut off. */
const KILL_AFTER_MS = 6_000;
const STDERR = 2;

process.on('uncaughtException', dieOf);
process.on('unhandledRejection', dieOf);
await main(JSON.parse(process.argv[2] ?? '{}'));

/**
 * The engine's own program: opens the data, serves it on the socket and ends with its parent. Once the library is
 * loaded it ends in no other way than by SIGKILL: what the library does at an exit can wait for itself for ever, with
 * the folder locked. An acknowledged insert is in no danger.
 */
async function main(options: EngineProcessOptions): Promise<void> {
  // Ctrl-C in a terminal reaches every process of it; when to stop is for the parent to say.
  process.on('SIGINT', () => undefined);
  process.once('disconnect', die);
  await watchParent(options.parent?.pid ?? process.ppid);
  const native = loadNative();
  const folder = join(options.folder, 'data');
  const connection = openEngine(native, folder, options);
  // Only the holder of the folder's lock comes here: what is in the spool and the socket are a dead engine's.
  const spool = new ResultSpool(options.spoolFolder, options.exportSpoolBytes);
  const server = new EngineServer(new QueryRunner(native, folder), spool);
  process.once('SIGTERM', () => {
    setTimeout(die, KILL_AFTER_MS);
    void close(server, spool, () => native.CloseConnection(connection));
  });
  await listen(server, options.socketPath);
  tell({ type: 'ready' });
}

/** Resolves when a thread of its own is at it: to open the data blocks this one for seconds. */
async function watchParent(parentPid: number): Promise<void> {
  const watch = new Worker(new URL('./parent-watch.js', import.meta.url), { workerData: parentPid });
  watch.on('error', dieOf);
  await once(watch, 'online');
}

/** The first connection starts the engine, and only its configuration counts: it stays open. */
function openEngine(native: Native, folder: string, options: EngineProcessOptions): NativeConnection {
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const configFile = join(options.folder, 'engine.xml');
  writeFileSync(configFile, engineConfigXml(options), { mode: 0o600 });
  return native.CreateConnection(folder, [`--config-file=${configFile}`]);
}

async function listen(server: EngineServer, socketPath: string): Promise<void> {
  rmSync(socketPath, { force: true });
  process.umask(0o077);
  await server.listen(socketPath);
  chmodSync(socketPath, 0o600);
}

async function close(server: EngineServer, spool: ResultSpool, closeData: () => void): Promise<void> {
  await server.close(STOP_GRACE_MS);
  spool.remove();
  closeData();
  die();
}

function tell(message: EngineMessage): void {
  // A parent that is gone has closed the channel, which is an error here or at the next line.
  process.send?.(message, undefined, undefined, (error) => {
    if (error) dieOf(error);
  });
}

/** The last words are for the parent, if it still listens. */
function dieOf(error: unknown): void {
  try {
    writeSync(STDERR, `${error instanceof Error ? (error.stack ?? error.message) : String(error)}\n`);
  } finally {
    die();
  }
}

function die(): void {
  process.kill(process.pid, 'SIGKILL');
}
