import { existsSync } from 'node:fs';
import { chromium, type Browser } from 'playwright-core';

const PLACES = ['/usr/bin/chromium', '/usr/bin/chromium-browser', '/usr/bin/google-chrome'];

/** Where the Chromium of the system is; null: there is none, and suites of pages are left out. */
export const CHROMIUM: string | null = PLACES.find((path) => existsSync(path)) ?? null;

/** A browser without a window. Its processes end with `close`. */
export async function startChromium(): Promise<Browser> {
  if (CHROMIUM === null) throw new Error(`There is no Chromium at ${PLACES.join(', ')}`);
  // Root has no sandbox; the pages are ours.
  return await chromium.launch({ executablePath: CHROMIUM, args: ['--no-sandbox', '--disable-dev-shm-usage'] });
}
