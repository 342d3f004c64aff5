import { execFileSync } from 'node:child_process';
import { existsSync, realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { StoreProblem } from '../store-problem.js';

/** The user the server runs as, as `spawn` takes it; empty: the user of this process. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * PostgreSQL refuses to run as root. Under root it runs as the owner of the existing data, or as `name`, who is made
 * when missing: initdb needs a user with an entry in the password file.
 */
export function serverUser(dataFolder: string, name = 'postgres'): ServerUser {
  if (process.getuid?.() !== 0) return {};
  if (existsSync(dataFolder)) {
    const { uid, gid } = statSync(dataFolder);
    if (uid !== 0) return { uid, gid };
  }
  return idsOf(name) ?? created(name);
}

function idsOf(name: string): ServerUser | undefined {
  try {
    const id = (flag: string) => Number(execFileSync('id', [flag, name], { stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return undefined;
  }
}

function created(name: string): ServerUser {
  const ids = tryToCreate(name) ?? idsOf(name);
  if (ids) return ids;
  throw new StoreProblem('configuration', [
    `The embedded PostgreSQL does not run as root and needs a system user named ${name}, who could not be made: create that user, or run Muster as another user`,
  ]);
}

function tryToCreate(name: string): ServerUser | undefined {
  const ways: readonly (readonly [string, readonly string[]])[] = [
    ['useradd', ['--system', '--no-create-home', '--user-group', name]],
    ['adduser', ['-S', '-D', '-H', name]],
  ];
  for (const [command, args] of ways) {
    try {
      execFileSync(command, args, { stdio: 'ignore' });
      return idsOf(name);
    } catch {
      continue;
    }
  }
  return undefined;
}

const OWNER = 0o100;
const GROUP = 0o010;
const OTHERS = 0o001;

/**
 * Throws a StoreProblem that names each folder, among those given and those above them, that the server's user cannot
 * enter.
 */
export function refuseClosedFolders(user: ServerUser, ...folders: string[]): void {
  if (user.uid === undefined) return;
  const all = new Set(folders.flatMap((folder) => withAncestors(realpathSync(folder))));
  const closed = [...all].filter((folder) => !mayEnter(user, folder));
  if (closed.length === 0) return;
  throw new StoreProblem(
    'configuration',
    closed.map(
      (folder) =>
        `The folder ${folder} is closed to the user (id ${user.uid}) that the embedded PostgreSQL runs as: ` +
        `run "chmod o+x ${folder}", or move what is below it, or set DATABASE_URL`,
    ),
  );
}

function withAncestors(folder: string): string[] {
  const above = dirname(folder);
  return above === folder ? [folder] : [...withAncestors(above), folder];
}

function mayEnter({ uid, gid }: ServerUser, folder: string): boolean {
  const stat = statSync(folder);
  const needed = stat.uid === uid ? OWNER : stat.gid === gid ? GROUP : OTHERS;
  return (stat.mode & needed) !== 0;
}
