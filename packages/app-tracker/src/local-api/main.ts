#!/usr/bin/env node
import { join } from 'node:path';
import { BlockList, isIP } from 'node:net';
import { parseArgs } from 'node:util';
import { AppTracker } from '../app-tracker.js';
import { optionsOf } from '../config-file.js';
import { systemCode, TrackerProblem } from '../tracker-problem.js';
import { VERSION } from '../version.js';
import { type LocalApi, startLocalApi } from './local-api.js';
import { tokenOf, UnusableToken } from './token-file.js';

const USAGE = `Usage: muster-app-tracker --config FILE [--user ID] [--host 127.0.0.1] [--port 4680] [--token-file FILE]

Keeps what one user does, for programs of this machine that call it by HTTP. FILE is JSON with the options of AppTracker,
or an INI file of anonymoususage. The token is in "token" of the folder, unless it is said otherwise; port 0 takes a free
one. Ends on SIGTERM and SIGINT with everything on the disk.

Exit codes: 0 done, 64 a wrong command line, 69 an address that cannot be used, 74 a folder that cannot be written, 75 a
folder that another process has, 78 a configuration or token to be put right, 1 anything else.`;
const EXIT = { usage: 64, address: 69, folder: 74, inUse: 75, config: 78, other: 1 } as const;
const OPTIONS = {
  config: { type: 'string' },
  user: { type: 'string' },
  host: { type: 'string', default: '127.0.0.1' },
  port: { type: 'string', default: '4680' },
  'token-file': { type: 'string' },
  version: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;
const LOOPBACK = new BlockList();
LOOPBACK.addSubnet('127.0.0.0', 8, 'ipv4');
LOOPBACK.addAddress('::1', 'ipv6');

/** Stops the process with a line on the standard error. */
class Stop extends Error {
  constructor(
    readonly exitCode: number,
    message: string,
  ) {
    super(message);
  }
}

interface Command {
  readonly config: string;
  readonly user: string | undefined;
  readonly host: string;
  readonly port: number;
  readonly tokenFile: string | undefined;
}

/** Null: it was asked for help or the version, and has been told. */
function commandOf(words: readonly string[]): Command | null {
  const { values } = parsed(words);
  if (values.help || values.version) {
    process.stdout.write(`${values.help ? USAGE : VERSION}\n`);
    return null;
  }
  const { config, user, host, port } = values;
  if (config === undefined) throw new Stop(EXIT.usage, `--config is missing.\n${USAGE}`);
  if (!/^\d{1,5}$/.test(port) || Number(port) > 65_535) throw new Stop(EXIT.usage, `--port is 0 to 65535, not ${port}`);
  if (isIP(host) === 0) throw new Stop(EXIT.usage, `--host is an address of this machine, not ${host}`);
  return { config, user, host, port: Number(port), tokenFile: values['token-file'] };
}

function parsed(words: readonly string[]) {
  try {
    return parseArgs({ args: [...words], options: OPTIONS });
  } catch (error) {
    throw new Stop(EXIT.usage, `${(error as Error).message}\n${USAGE}`);
  }
}

async function run({ config, user, host, port, tokenFile }: Command): Promise<void> {
  let isTaken = (): void => undefined;
  const taken = new Promise<number>((resolve) => (isTaken = () => resolve(EXIT.inUse)));
  const onProblem = ({ code, message }: TrackerProblem): void => {
    warn(`${code}: ${message}`);
    if (code === 'folder_taken') isTaken();
  };
  const options = await optionsOf(config, { ...(user !== undefined && { user }), onProblem }).catch(unusable);
  const tracker = await AppTracker.open(options).catch(notOpened);
  try {
    const path = tokenFile ?? join(options.folder, 'token');
    const api = await started(tracker, { host, port, path });
    if (!LOOPBACK.check(host, isIP(host) === 6 ? 'ipv6' : 'ipv4'))
      warn(`${host} is open to other machines: whoever reads the network has the token`);
    process.stdout.write(`Listening on ${api.url}, the token is in ${path}\n`);
    process.exitCode = await Promise.race([signalled(), taken]);
    await api.close();
  } finally {
    await tracker.close();
  }
}

async function started(
  tracker: AppTracker,
  { host, port, path }: { readonly host: string; readonly port: number; readonly path: string },
): Promise<LocalApi> {
  let token: string;
  try {
    token = tokenOf(path);
  } catch (error) {
    if (error instanceof UnusableToken) throw new Stop(EXIT.config, error.message);
    throw new Stop(EXIT.folder, `The token ${path} cannot be read or written (${systemCode(error)})`);
  }
  return startLocalApi({ tracker, token, host, port }).catch((error: unknown) => {
    throw new Stop(EXIT.address, `${host}:${port} cannot be used (${systemCode(error)})`);
  });
}

function unusable(error: unknown): never {
  throw new Stop(EXIT.config, (error as Error).message);
}

function notOpened(error: unknown): never {
  if (!(error instanceof TrackerProblem)) return unusable(error);
  const { code, message } = error;
  const exitCode = code === 'folder_in_use' ? EXIT.inUse : code === 'folder_unwritable' ? EXIT.folder : EXIT.config;
  throw new Stop(exitCode, `${code}: ${message}`);
}

function signalled(): Promise<number> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve(0));
  });
}

function warn(text: string): void {
  process.stderr.write(`${text}\n`);
}

try {
  const command = commandOf(process.argv.slice(2));
  if (command !== null) await run(command);
} catch (error) {
  warn(error instanceof Stop ? error.message : String((error as Error).stack ?? error));
  process.exitCode = error instanceof Stop ? error.exitCode : EXIT.other;
}
