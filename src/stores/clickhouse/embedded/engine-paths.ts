import { createHash } from 'node:crypto';
import { lstatSync, mkdirSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';

/** A unix socket's path has at most 103 bytes on macOS and 107 on Linux. */
const MAX_SOCKET_PATH_BYTES = 100;

export interface EnginePaths {
  readonly socketPath: string;
  readonly spoolFolder: string;
}

/** Where an engine with this data folder has its socket and its passing files: inside it, where the engine allows. */
export function enginePaths(folder: string): EnginePaths {
  const socketPath = join(folder, 'engine.sock');
  const spoolFolder = join(folder, 'spool');
  return {
    socketPath:
      Buffer.byteLength(socketPath) > MAX_SOCKET_PATH_BYTES ? join(shortFolder(folder), 'engine.sock') : socketPath,
    // ClickHouse: INFILE takes these signs for patterns, and nothing escapes them.
    spoolFolder: /[*?{}[\]]/.test(spoolFolder) ? join(shortFolder(folder), 'spool') : spoolFolder,
  };
}

/** A folder in the system's temporary one that only this user can enter. Throws where somebody else made it. */
function shortFolder(folder: string): string {
  const hash = createHash('sha256').update(folder).digest('hex').slice(0, 16);
  const path = join(tmpdir(), `muster-${hash}`);
  mkdirSync(path, { recursive: true, mode: 0o700 });
  const found = lstatSync(path);
  if (!found.isDirectory() || found.uid !== userInfo().uid || (found.mode & 0o077) !== 0) {
    throw new Error(`${path} must be a folder that belongs to the user of this process with mode 0700; remove it`);
  }
  return path;
}
