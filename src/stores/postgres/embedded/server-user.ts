import { execFileSync } from 'node:child_process';
import { existsSync, statSync } from 'node:fs';
import { EXIT_CODES, StartupProblem } from '../../../platform/config/startup-problem.js';

/** The user the server runs as, as `spawn` takes it; empty: the user of this process. */
export interface ServerUser {
  readonly uid?: number;
  readonly gid?: number;
}

/**
 * PostgreSQL refuses to run as root. Under root it runs as the owner of the existing data, or as `name`, who is made when
 * missing: initdb needs a user with an entry in the password file.
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
  throw new StartupProblem(EXIT_CODES.configuration, [
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
