import { createHash } from 'node:crypto';
import type { LogRecord } from './records.js';

/** 72 bits of SHA-256. */
const CHECK_CHARACTERS = 12;

/** A record as a line: its checksum, a blank, JSON, and the end of the line. */
export function lineOf(record: LogRecord): string {
  const json = JSON.stringify(record);
  return `${checkOf(json)} ${json}\n`;
}

/** The record of a line without its end; null: it is not what was written. */
export function recordOf(line: string): LogRecord | null {
  const json = line.slice(CHECK_CHARACTERS + 1);
  if (line[CHECK_CHARACTERS] !== ' ' || line.slice(0, CHECK_CHARACTERS) !== checkOf(json)) return null;
  return JSON.parse(json) as LogRecord;
}

function checkOf(json: string): string {
  return createHash('sha256').update(json).digest('base64url').slice(0, CHECK_CHARACTERS);
}
