import { readFile, writeFile } from 'node:fs/promises';
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { EXIT_CODES, StartupProblem } from '../../platform/config/startup-problem.js';
import { filesBelow, statOf, sumOf, type FileSum } from './checked-files.js';

export const MANIFEST = 'manifest.json';
/** As `sha256sum` writes it, and checks it with `-c`. */
const MANIFEST_SUM = 'manifest.json.sha256';
const FORMAT = 1;

/** A table of PostgreSQL: its rows are in `file`, as COPY writes them. */
export interface DatabaseTable {
  readonly name: string;
  readonly columns: readonly string[];
  readonly rows: number;
  readonly file: string;
}

/** A table of the engine: its parts are folders below `engine/<name>`. Rows as they lie there, masked ones included. */
export interface EngineTable {
  readonly name: string;
  readonly parts: number;
  readonly rows: number;
}

/** What a backup holds. Instants as RFC 3339. */
export interface Manifest {
  readonly format: typeof FORMAT;
  /** The version of the program that wrote it, and of the stores that it was taken from. */
  readonly versions: { readonly muster: string; readonly postgres: string; readonly clickhouse: string };
  /** Everything that was acknowledged before is in it. */
  readonly taken_at: string;
  /** Migrations that had run: the form of what the tables hold. */
  readonly migrations: { readonly database: readonly string[]; readonly engine: readonly string[] };
  readonly database: {
    readonly tables: readonly DatabaseTable[];
    readonly sequences: readonly { readonly name: string; readonly value: string }[];
  };
  readonly engine: { readonly tables: readonly EngineTable[] };
  /** Every other file, by its path in the backup. */
  readonly files: Readonly<Record<string, FileSum>>;
}

/** Writes the manifest and its sum, the last files of a backup. */
export async function writeManifest(folder: string, manifest: Omit<Manifest, 'format'>): Promise<void> {
  const text = `${JSON.stringify({ format: FORMAT, ...manifest }, null, 2)}\n`;
  const options = { mode: 0o600, flag: 'wx', flush: true };
  await writeFile(join(folder, MANIFEST), text, options);
  await writeFile(join(folder, MANIFEST_SUM), `${sha256(text)}  ${MANIFEST}\n`, options);
}

/**
 * Reads the manifest of a backup, by its own sum.
 * @throws StartupProblem where there is none, or it is damaged, or of a later form
 */
export async function readManifest(folder: string): Promise<Manifest> {
  const text = await textOf(folder, MANIFEST);
  const sum = (await textOf(folder, MANIFEST_SUM)).split(' ', 1)[0];
  if (sha256(text) !== sum) throw damaged(folder, [`${MANIFEST} is not what was written: its SHA-256 differs`]);
  const manifest = JSON.parse(text) as Manifest;
  if (manifest.format === FORMAT) return manifest;
  throw new StartupProblem(EXIT_CODES.data, [
    `The backup ${folder} was written by Muster ${manifest.versions.muster} in a later form (${String(manifest.format)}): restore it with that version`,
  ]);
}

/**
 * Holds every file of a backup against its manifest.
 * @throws StartupProblem that names what is missing, changed or too much
 */
export async function checkFiles(folder: string, { files }: Manifest): Promise<void> {
  const problems: string[] = [];
  const found = new Set(await filesBelow(folder));
  for (const [path, { bytes, sha256: expected }] of Object.entries(files)) {
    if (!found.has(path)) {
      problems.push(`${path} is missing`);
      continue;
    }
    const sum = await sumOf(join(folder, path));
    if (sum.bytes !== bytes) problems.push(`${path} has ${sum.bytes} bytes, not ${bytes}`);
    else if (sum.sha256 !== expected) problems.push(`${path} is not what was written: its SHA-256 differs`);
  }
  const known = new Set([MANIFEST, MANIFEST_SUM, ...Object.keys(files)]);
  for (const path of found) if (!known.has(path)) problems.push(`${path} does not belong to the backup`);
  if (problems.length > 0) throw damaged(folder, problems);
}

const SHOWN = 10;

function damaged(folder: string, problems: readonly string[]): StartupProblem {
  const more = problems.length > SHOWN ? [`and ${problems.length - SHOWN} files more`] : [];
  return new StartupProblem(EXIT_CODES.data, [
    `The backup ${folder} is damaged, and nothing was restored:`,
    ...problems.slice(0, SHOWN),
    ...more,
  ]);
}

async function textOf(folder: string, name: string): Promise<string> {
  const path = join(folder, name);
  if ((await statOf(path)) !== null) return await readFile(path, 'utf8');
  throw new StartupProblem(EXIT_CODES.data, [`${folder} is not a whole backup: it has no ${name}`]);
}

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}
