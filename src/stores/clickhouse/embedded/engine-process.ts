import { chmodSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { engineConfigXml } from './engine-config.js';
import type { EngineMessage, EngineProcessOptions } from './engine-process-options.js';
import { EngineServer } from './engine-server.js';
import { loadNative, type Native, type NativeConnection } from './native.js';
import { QueryRunner } from './query-runner.js';
import { Spool } from './spool.js';

/** How long a query may go on once the engine has been told to stop. */
const STOP_GRACE_MS = 2_000;
/** What may take longer than that is cut off: process.exit hangs while a query runs. */
const KILL_AFTER_MS = 6_000;
/** The same when Muster itself is gone and nobody waits for an answer. */
const ORPHAN_KILL_AFTER_MS = 500;

await main(JSON.parse(process.argv[2] ?? '{}'));

/** The engine's own program: opens the data, serves it on the socket and ends with its parent. */
async function main(options: EngineProcessOptions): Promise<void> {
  // Ctrl-C in a terminal reaches every process of it; when to stop is for the parent to say.
  process.on('SIGINT', () => undefined);
  // ClickHouse: a process that dies loses no acknowledged insert, so there is nothing to close for an orphan.
  process.once('disconnect', () => dieWithin(ORPHAN_KILL_AFTER_MS));
  const native = loadNative();
  const folder = join(options.folder, 'data');
  const connection = openEngine(native, folder, options);
  // Only the holder of the folder's lock comes here: what is in the spool and the socket are a dead engine's.
  const spool = new Spool(options.spoolFolder);
  const server = new EngineServer(new QueryRunner(native, folder), spool);
  process.once('SIGTERM', () => {
    dieWithin(KILL_AFTER_MS);
    void close(server, spool, STOP_GRACE_MS, () => {
      native.CloseConnection(connection);
      process.exit(0);
    });
  });
  process.once('disconnect', () => void close(server, spool, 0, () => process.kill(process.pid, 'SIGKILL')));
  await listen(server, options.socketPath);
  tell({ type: 'ready' });
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

async function close(server: EngineServer, spool: Spool, graceMs: number, end: () => void): Promise<void> {
  await server.close(graceMs);
  spool.remove();
  end();
}

function dieWithin(ms: number): void {
  setTimeout(() => process.kill(process.pid, 'SIGKILL'), ms);
}

function tell(message: EngineMessage): void {
  process.send?.(message);
}
