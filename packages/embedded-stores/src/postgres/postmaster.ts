import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, fstatSync, openSync, readFileSync, renameSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf, isRunning, startOf, type ProcessIdentity } from '../process-identity.js';
import { SOCKET_NAME, type Cluster } from './cluster.js';

const MAX_LOG_BYTES = 10 * 1024 * 1024;

/** A running server, as its `postmaster.pid` tells. */
export interface Postmaster {
  readonly pid: number;
  readonly isReady: boolean;
  /** Started with the same program, data folder and settings as we would use. */
  readonly isAsWanted: boolean;
}

/**
 * The arguments of the server. They stand on the command line, not in a file, so that a new version of Muster brings
 * new ones.
 */
export function serverArguments(cluster: Cluster, fsync: boolean): string[] {
  const settings = {
    listen_addresses: '',
    unix_socket_directories: cluster.socketFolder,
    unix_socket_permissions: '0700',
    max_connections: 100,
    shared_buffers: '64MB',
    maintenance_work_mem: '32MB',
    max_wal_size: '256MB',
    max_parallel_workers_per_gather: 0,
    io_method: 'sync',
    huge_pages: 'off',
    fsync: fsync ? 'on' : 'off',
    timezone: 'UTC',
    log_timezone: 'UTC',
    log_checkpoints: 'off',
    cluster_name: 'muster',
  };
  return ['-D', cluster.data, ...Object.entries(settings).flatMap(([name, value]) => ['-c', `${name}=${value}`])];
}

/** The server that runs on the data, ours or a former process's; undefined when none does. */
export function runningPostmaster(cluster: Cluster, args: readonly string[]): Postmaster | undefined {
  const lines = readLines(join(cluster.data, 'postmaster.pid'));
  const pid = Number(lines?.[0]);
  if (!lines || !(pid > 0)) return undefined;
  const command = startOf(pid) === undefined ? undefined : commandOf(pid);
  if (!`${command} `.includes(` -D ${cluster.data} `)) return undefined;
  return {
    pid,
    isReady: lines[7]?.trim() === 'ready',
    isAsWanted: command === [cluster.binaries.postgres, ...args].join(' '),
  };
}

export interface Launched {
  readonly child: ChildProcess;
  /** What it has written so far. */
  said(): string;
}

/**
 * Starts the server in a session of its own, so that neither Ctrl-C nor our death reaches it. It writes to a file,
 * which outlives us too.
 */
export function spawnPostmaster(cluster: Cluster, args: readonly string[]): Launched {
  removeStaleLocks(cluster);
  const log = openLog(cluster.log);
  const { size } = fstatSync(log);
  try {
    const child = spawn(cluster.binaries.postgres, args, {
      ...cluster.user,
      cwd: cluster.folder,
      env: { LC_ALL: 'C', TZ: 'UTC' },
      detached: true,
      stdio: ['ignore', log, log],
    });
    child.unref();
    return { child, said: () => readFileSync(cluster.log).subarray(size).toString().trim() };
  } finally {
    closeSync(log);
  }
}

/**
 * After a restart of a machine or container, the number in a dead server's lock files may belong to any other process,
 * and the server then refuses to start. (Left-over children of a killed server are found by their shared memory, not by
 * these files.)
 */
function removeStaleLocks(cluster: Cluster): void {
  for (const file of [join(cluster.data, 'postmaster.pid'), join(cluster.socketFolder, `${SOCKET_NAME}.lock`)]) {
    const holder = Number(readLines(file)?.[0]);
    const command = holder > 0 ? commandOf(holder) : undefined;
    if (command !== undefined && !/postgres\b.* -D /.test(command)) rmSync(file, { force: true });
  }
}

function readLines(file: string): string[] | undefined {
  try {
    return readFileSync(file, 'utf8').split('\n');
  } catch {
    return undefined;
  }
}

function openLog(path: string): number {
  const isLong = (statSync(path, { throwIfNoEntry: false })?.size ?? 0) > MAX_LOG_BYTES;
  if (isLong) renameSync(path, `${path}.old`);
  return openSync(path, 'a', 0o600);
}

/**
 * SIGINT disconnects clients and ends cleanly, SIGQUIT at once (the next start recovers); SIGKILL is the last resort.
 */
const STEPS = [
  { signal: 'SIGINT', patienceMs: 15_000 },
  { signal: 'SIGQUIT', patienceMs: 6_000 },
  { signal: 'SIGKILL', patienceMs: 2_000 },
] as const;

/** Ends the server and waits until it is gone. */
export async function endPostmaster(server: ProcessIdentity): Promise<void> {
  for (const { signal, patienceMs } of STEPS) {
    if (!signalled(server, signal)) return;
    for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(10)) {
      if (!isRunning(server)) return;
    }
  }
}

/** False: there is no such process any more. */
export function signalled(server: ProcessIdentity, signal: NodeJS.Signals): boolean {
  try {
    return isRunning(server) && process.kill(server.pid, signal);
  } catch {
    return false;
  }
}
