import { workerData } from 'node:worker_threads';

const LOOK_EVERY_MS = 100;

/**
 * A thread that ends its process by SIGKILL as soon as the process has another parent than the one it was started by,
 * whose id is the thread's data. It looks whatever the main thread does, also while that is blocked in a library or its
 * exit.
 */
function look(parentPid: number): void {
  if (process.ppid !== parentPid) process.kill(process.pid, 'SIGKILL');
}

const parentPid = Number(workerData);
look(parentPid);
setInterval(look, LOOK_EVERY_MS, parentPid);
