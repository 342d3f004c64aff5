import { copyFileSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { basename, dirname, join } from 'node:path';
import { systemCode } from '../tracker-problem.js';
import { recordOf } from './log-line.js';
import type { LogRecord } from './records.js';

/** Damaged files that are kept; older ones are removed. */
const KEPT = 3;

/** The records of a file, in order. */
export interface ReadLog {
  readonly records: readonly LogRecord[];
  /** Lines that are not what was written. */
  readonly damaged: number;
}

/**
 * Reads what a process before has left; no file is no records. The end of a line that is not whole is passed over: it
 * was being written when its process ended, so nobody was told that it is there.
 * @throws what the file system throws
 */
export function readLog(path: string): ReadLog {
  const lines = textOf(path).split('\n');
  const unfinished = lines.pop() ?? '';
  const records = lines.map(recordOf);
  const tail = recordOf(unfinished);
  return {
    records: [...records, tail].filter((record) => record !== null),
    damaged: records.filter((record) => record === null).length,
  };
}

/** Keeps a copy of a damaged file beside it. @throws what the file system throws @returns its path */
export function keepAside(path: string, now: Date): string {
  const prefix = `${basename(path)}.damaged-`;
  const aside = join(dirname(path), `${prefix}${now.toISOString().replaceAll(':', '')}`);
  copyFileSync(path, aside);
  const kept = readdirSync(dirname(path)).filter((name) => name.startsWith(prefix));
  for (const name of kept.toSorted().slice(0, -KEPT)) rmSync(join(dirname(path), name));
  return aside;
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (systemCode(error) === 'ENOENT') return '';
    throw error;
  }
}
