import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startOf } from '@muster/embedded-stores';

const isWorker = process.argv[1]?.endsWith('processChild.js') === true;

/** The process of this run of Jest as a whole: what its suites share ends with it. */
export const RUN = isWorker ? process.ppid : process.pid;

/** Path of something that the suites of this run share, and no other run does. */
export function ofThisRun(name: string): string {
  return join(tmpdir(), `muster-test-${RUN}-${startOf(RUN)?.replaceAll(/\W/g, '').slice(-8)}${name}`);
}
