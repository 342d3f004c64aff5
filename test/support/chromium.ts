import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { accessSync, constants, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, join } from 'node:path';
import { chromium, type Browser } from 'playwright-core';

const NAMES = ['chromium', 'chromium-browser', 'google-chrome-stable', 'google-chrome'];
/** The same engine without what only windows need: the same pages take half of the processor. It prerenders nothing. */
const SHELL = 'chromium-headless-shell';

/** Where Chromium is. Throws, and says what to install, where it is not: a suite that needs a browser is never skipped. */
export function chromiumPath(): string {
  const found = firstInPath(NAMES);
  if (found !== undefined) return found;
  throw new Error(
    `No Chromium in PATH (${NAMES.join(', ')}). Install it: apt-get install --no-install-recommends chromium`,
  );
}

function firstInPath(names: readonly string[]): string | undefined {
  const folders = (process.env['PATH'] ?? '').split(delimiter);
  return folders.flatMap((folder) => names.map((name) => join(folder, name))).find(isProgram);
}

function isProgram(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}

/** A headless browser tells servers that it is one, and would be counted as a bot. */
const USER_AGENT =
  'Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36';

const SWITCHES = [
  '--no-first-run',
  '--disable-gpu',
  `--user-agent=${USER_AGENT}`,
  ...(process.getuid?.() === 0 ? ['--no-sandbox'] : []),
];
/** Pages come back from the cache as with a user. */
const UNLIKE_USERS = ['--disable-back-forward-cache'];

/** A browser without a window that does all that one with a window does. */
export function startChromium(): Promise<Browser> {
  return launch(chromiumPath());
}

/** A browser for pages that need nothing but to be shown and used: the shell where it is installed. */
export function startChromiumShell(): Promise<Browser> {
  return launch(firstInPath([SHELL]) ?? chromiumPath());
}

function launch(executablePath: string): Promise<Browser> {
  return chromium.launch({ executablePath, args: SWITCHES, ignoreDefaultArgs: UNLIKE_USERS });
}

/**
 * A browser with a profile of its own that opens a page as a user does, with nobody who steers or watches it: with a
 * debugger, pages are not prerendered. Gives how to end it.
 */
export function openUnwatched(url: string): () => Promise<void> {
  const profile = mkdtempSync(join(tmpdir(), 'muster-browser-'));
  const options = ['--headless=new', `--user-data-dir=${profile}`, ...SWITCHES];
  const child = spawn(chromiumPath(), [...options, url], { stdio: 'ignore', detached: true });
  const ended = once(child, 'exit');
  return async () => {
    // With all of its processes, which would go on writing into the profile.
    if (child.pid !== undefined) process.kill(-child.pid, 'SIGKILL');
    await ended;
    rmSync(profile, { recursive: true, force: true, maxRetries: 20 });
  };
}
