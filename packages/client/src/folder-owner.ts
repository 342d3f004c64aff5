import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { closeSync, openSync, readFileSync, realpathSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { rm, utimes } from 'node:fs/promises';
import { hostname } from 'node:os';
import { join } from 'node:path';

const OWNER = 'owner.pid';
/** An owner that lives refreshes its file every second. */
const DEAD_MS = 10_000;
/** Two readings of the start of one process differ by no more. */
const SAME_START_MS = 2_000;
const STARTED_MS = Math.round(Date.now() - 1000 * process.uptime());

/** Folders that are open in this process: in its global object, as a program may load two copies of the package. */
const KEY = Symbol.for('@muster/client/owned-folders');
const holder = globalThis as { [KEY]?: Set<string> };
const open = (holder[KEY] ??= new Set<string>());

interface Owner {
  readonly host?: string;
  readonly pid?: number;
  readonly started?: number;
  /** As `birthOf` has it. */
  readonly birth?: string;
}

/** A folder that is open already, in this process or in another that lives. */
export class FolderInUse extends Error {
  override readonly name: string = 'FolderInUse';

  constructor(folder: string, by: string) {
    super(`The folder ${folder} is in use by ${by}: each needs one of its own`);
  }
}

/**
 * The claim of one counter or tracker on a folder: `owner.pid` with its host, pid and start, refreshed while it lives.
 */
export class FolderOwner {
  readonly #folder: string;
  readonly #path: string;
  readonly #text = JSON.stringify({
    host: hostname(),
    pid: process.pid,
    started: STARTED_MS,
    birth: birthOf('self'),
    id: randomUUID(),
  });

  /** @throws FolderInUse where an owner that lives has the folder, and what the file system throws */
  constructor(folder: string) {
    this.#folder = realpathSync(folder);
    this.#path = join(this.#folder, OWNER);
    if (open.has(this.#folder)) throw new FolderInUse(folder, 'this process');
    while (!this.#create()) this.#removeDead(folder);
    open.add(this.#folder);
  }

  /** Shows that the owner lives; false: another process has taken the folder. */
  async isOwned(): Promise<boolean> {
    if (!this.holds()) return false;
    const now = new Date();
    await utimes(this.#path, now, now);
    return true;
  }

  /** Whether the folder is still of this owner. What was written before this was asked is read by whoever takes it later. */
  holds(): boolean {
    return this.#read() === this.#text;
  }

  /** Lets another have the folder. */
  async leave(): Promise<void> {
    open.delete(this.#folder);
    if (this.holds()) await rm(this.#path, { force: true });
  }

  #create(): boolean {
    try {
      this.#write(openSync(this.#path, 'wx', 0o600));
      return true;
    } catch (error) {
      if (codeOf(error) === 'EEXIST') return false;
      throw error;
    }
  }

  /** A full disk leaves no file that names nobody. */
  #write(fd: number): void {
    try {
      writeFileSync(fd, this.#text);
    } catch (error) {
      rmSync(this.#path, { force: true });
      throw error;
    } finally {
      closeSync(fd);
    }
  }

  /** Two that find the same dead owner: what is moved away is looked at again, so that only one takes its place. */
  #removeDead(folder: string): void {
    const aside = `${this.#path}.${randomUUID()}`;
    try {
      const text = readFileSync(this.#path, 'utf8');
      const ageMs = Math.abs(Date.now() - statSync(this.#path).mtimeMs);
      const owner = parsed(text);
      if (!isDead(owner, ageMs)) throw new FolderInUse(folder, nameOf(owner));
      renameSync(this.#path, aside);
      if (readFileSync(aside, 'utf8') === text) return rmSync(aside);
      renameSync(aside, this.#path);
      throw new FolderInUse(folder, nameOf(owner));
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
    }
  }

  /** What the file holds; where somebody has removed it, it is written again. */
  #read(): string {
    try {
      return readFileSync(this.#path, 'utf8');
    } catch (error) {
      if (codeOf(error) !== 'ENOENT') throw error;
      writeFileSync(this.#path, this.#text, { flag: 'wx', mode: 0o600 });
      return this.#text;
    }
  }
}

/**
 * A pid says nothing of another host, and after a reboot nothing of this one: what lives refreshes its file. A process of
 * this host that stands still, as after a sleep of the machine, lives too, where the system tells it from another with its
 * pid; threads of this process are known by `open` and by age.
 */
function isDead(owner: Owner, ageMs: number): boolean {
  const { host, pid, started = 0 } = owner;
  const isHere = host === hostname() && Number.isSafeInteger(pid) && pid !== undefined && pid > 0;
  if (ageMs > DEAD_MS) return !(isHere && pid !== process.pid && isStill(pid, owner));
  if (!isHere) return false;
  if (pid === process.pid) return Math.abs(started - STARTED_MS) > SAME_START_MS;
  return !isRunning(pid);
}

/** Whether a process is the one that wrote this. */
function isStill(pid: number, { started = 0, birth }: Owner): boolean {
  if (birth !== undefined) return birthOf(pid) === birth;
  return isRunning(pid) && Math.abs((startOf(pid) ?? -Infinity) - started) <= SAME_START_MS;
}

/**
 * When a process of this host began, UTC milliseconds, to a second: by `ps`, on Windows by PowerShell. They take up to a
 * second, and are asked where an owner that runs has not refreshed its file. Undefined: they do not tell.
 */
function startOf(pid: number): number | undefined {
  const isWindows = process.platform === 'win32';
  const root = process.env['SystemRoot'] ?? 'C:\\Windows';
  const [command, ...words] = isWindows
    ? [
        `${root}\\System32\\WindowsPowerShell\\v1.0\\powershell.exe`,
        '-NoProfile',
        '-NonInteractive',
        '-Command',
        `[DateTimeOffset]::new((Get-Process -Id ${pid}).StartTime).ToUnixTimeMilliseconds()`,
      ]
    : ['/bin/ps', '-o', 'lstart=', '-p', String(pid)];
  try {
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    const text = execFileSync(command, words, {
      encoding: 'utf8',
      env,
      timeout: 5_000,
      windowsHide: true,
      stdio: 'pipe',
    });
    const ms = isWindows ? Number(text) : Date.parse(`${text.trim()} UTC`);
    return Number.isFinite(ms) ? ms : undefined;
  } catch {
    return undefined;
  }
}

/** A boot of this host, and the ticks after it at which a process began; undefined: there is none, or it is no Linux. */
function birthOf(pid: number | 'self'): string | undefined {
  try {
    const boot = readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim();
    // The name of the program, in brackets, may hold blanks and brackets. The 22nd field is the 20th after it.
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8')
      .replace(/^.*\)\s/su, '')
      .split(' ');
    return `${boot} ${fields[19]}`;
  } catch {
    return undefined;
  }
}

function isRunning(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}

/** An owner that is just being written, or that is in no form that is known, is known by its age alone. */
function parsed(text: string): Owner {
  try {
    const owner: unknown = JSON.parse(text);
    return typeof owner === 'object' && owner !== null ? owner : {};
  } catch {
    return {};
  }
}

function nameOf({ pid, host }: Owner): string {
  return `the process ${pid ?? '?'} of ${host ?? '?'}`;
}

function codeOf(error: unknown): unknown {
  return (error as NodeJS.ErrnoException).code;
}
