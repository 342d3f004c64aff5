import { readFile } from 'node:fs/promises';
import { dirname, extname, join, parse as parsePath, resolve } from 'node:path';
import { parse } from 'ini';
import type { TrackerOptions } from './options.js';

const NAMES: readonly string[] = [
  'user',
  'folder',
  'application',
  'server',
  'submitEvery',
  'checkEvery',
  'enabled',
  'timeout',
  'maxPending',
  'maxTrackables',
  'historyLength',
];

/**
 * Options of a file, below those that are given: JSON with the names of the options where it ends with `.json`, else an
 * INI file of anonymoususage. A folder is found from the folder of the file.
 * @throws what the file system throws, SyntaxError, TypeError for a name that is none
 */
export async function optionsOf(path: string, given: Partial<TrackerOptions>): Promise<TrackerOptions> {
  const text = await readFile(path, 'utf8');
  const read = extname(path).toLowerCase() === '.json' ? fromJson(path, text) : fromIni(path, text);
  const { folder, ...others } = read;
  const found = typeof folder === 'string' ? { folder: resolve(dirname(path), folder) } : {};
  return { ...others, ...found, ...given } as TrackerOptions;
}

function fromJson(path: string, text: string): Partial<TrackerOptions> {
  const read: unknown = JSON.parse(text);
  if (typeof read !== 'object' || read === null) throw new TypeError(`${path} holds no object`);
  const unknown = Object.keys(read).filter((name) => !NAMES.includes(name));
  if (unknown.length > 0) throw new TypeError(`${path} has names that are no options: ${unknown.join(', ')}`);
  return read;
}

/** `[General]` and `[HQ]`. Without a time between uploads there are none but by `submit`. */
function fromIni(path: string, text: string): Partial<TrackerOptions> {
  const read = parse(text) as Record<string, unknown>;
  const general = section(read['General']);
  const hq = section(read['HQ']);
  const { filepath, host, api_key: key } = { ...general, ...hq };
  if (filepath === undefined) throw new TypeError(`${path} has no "filepath" in [General]`);
  const { dir, name } = parsePath(filepath);
  const submitMs = seconds(path, general['submit_interval_s']);
  const checkMs = seconds(path, general['check_interval_s']);
  return {
    // The name of a database file, without what it ends with.
    folder: join(dir, name),
    application: { name: general['application_name'] ?? '', version: general['application_version'] ?? '' },
    submitEvery: submitMs === 0 ? null : submitMs,
    ...(checkMs > 0 && { checkEvery: checkMs }),
    ...(host !== undefined && { server: { url: host.includes('://') ? host : `https://${host}`, key: key ?? '' } }),
  };
}

/** Names of values have no case. */
function section(read: unknown): Readonly<Record<string, string>> {
  const entries = Object.entries(typeof read === 'object' && read !== null ? read : {});
  return Object.fromEntries(entries.map(([name, value]) => [name.toLowerCase(), String(value)]));
}

/** In ms; 0: not given. */
function seconds(path: string, text = '0'): number {
  const ms = 1000 * Number(text);
  if (ms >= 0) return ms;
  throw new TypeError(`${path} has an interval that is no number of seconds: ${text}`);
}
