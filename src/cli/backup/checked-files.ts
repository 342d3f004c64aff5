import { createHash } from 'node:crypto';
import { createReadStream, createWriteStream, type Stats } from 'node:fs';
import { mkdir, open, readdir, stat } from 'node:fs/promises';
import { dirname, join, relative } from 'node:path';
import { Transform, type Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';

/** Size and SHA-256 (hex) of a file. */
export interface FileSum {
  readonly bytes: number;
  readonly sha256: string;
}

/**
 * Writes a stream to a new file, readable by its owner alone, and resolves when the bytes are on the disk.
 * @throws what the stream or the file system throws
 */
export async function writeSummed(path: string, source: Readable): Promise<FileSum> {
  await mkdir(dirname(path), { recursive: true, mode: 0o700 });
  const { sum, through } = summing();
  await pipeline(source, through, createWriteStream(path, { flags: 'wx', mode: 0o600, flush: true }));
  return sum();
}

/** Copies a file as `writeSummed` does. */
export function copySummed(from: string, to: string): Promise<FileSum> {
  return writeSummed(to, createReadStream(from));
}

/** Reads a file for its sum alone. */
export async function sumOf(path: string): Promise<FileSum> {
  const hash = createHash('sha256');
  let bytes = 0;
  for await (const chunk of createReadStream(path) as AsyncIterable<Buffer>) {
    hash.update(chunk);
    bytes += chunk.length;
  }
  return { bytes, sha256: hash.digest('hex') };
}

/** The files below a folder, by their paths in it, sorted. */
export async function filesBelow(folder: string): Promise<string[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return entries
    .filter((entry) => !entry.isDirectory())
    .map((entry) => relative(folder, join(entry.parentPath, entry.name)))
    .toSorted();
}

/** Makes the names in a folder and in all below it survive the death of the machine. */
export async function syncTree(folder: string): Promise<void> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  for (const entry of entries) if (entry.isDirectory()) await syncFolder(join(entry.parentPath, entry.name));
  await syncFolder(folder);
}

/** Makes the names in a folder survive the death of the machine. */
export async function syncFolder(folder: string): Promise<void> {
  const handle = await open(folder, 'r');
  try {
    await handle.sync();
  } finally {
    await handle.close();
  }
}

export async function statOf(path: string): Promise<Stats | null> {
  try {
    return await stat(path);
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return null;
    throw error;
  }
}

function summing(): { readonly sum: () => FileSum; readonly through: Transform } {
  const hash = createHash('sha256');
  let bytes = 0;
  const through = new Transform({
    transform(chunk: Buffer, _, done) {
      hash.update(chunk);
      bytes += chunk.length;
      done(null, chunk);
    },
  });
  return { sum: () => ({ bytes, sha256: hash.digest('hex') }), through };
}
