import { realpathSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { EXIT_CODES, StartupProblem } from '../../../platform/config/startup-problem.js';
import type { ServerUser } from './server-user.js';

const OWNER = 0o100;
const GROUP = 0o010;
const OTHERS = 0o001;

/** Throws a StartupProblem that names each folder, among those given and those above them, that the server's user cannot enter. */
export function refuseClosedFolders(user: ServerUser, ...folders: string[]): void {
  if (user.uid === undefined) return;
  const all = new Set(folders.flatMap((folder) => withAncestors(realpathSync(folder))));
  const closed = [...all].filter((folder) => !mayEnter(user, folder));
  if (closed.length === 0) return;
  throw new StartupProblem(
    EXIT_CODES.configuration,
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
