import { once } from 'node:events';
import { AdminKeyFile } from '../accounts/admin-key-file.js';
import { endingSignal, exitWith } from '../platform/process/ending.js';
import { readConfig } from '../platform/config/read-config.js';
import type { RunningMuster } from '../start.js';
import { printCurlLines } from './demo/curl-lines.js';
import { runDemo } from './demo/run-demo.js';
import { signInLink } from './demo/sign-in-link.js';

/** Starts Muster, loads the CDNOW data, asks, prints, and keeps serving unless `isShort`. */
export async function demo(isShort: boolean): Promise<never> {
  const ending = endingSignal();
  try {
    const config = readConfig();
    console.log(`Starting Muster in ${config.dataDir} ...`);
    const { startMuster } = await import('../start.js');
    const muster = await startMuster({ ...config, role: 'all', logLevel: 'warn' }, ending);
    try {
      await show(muster, config.dataDir, ending, isShort);
    } finally {
      await muster.stop();
    }
  } catch (error) {
    if (error !== ending.reason) exitWith(error);
  }
  process.exit(0);
}

async function show({ url }: RunningMuster, dataDir: string, ending: AbortSignal, isShort: boolean): Promise<void> {
  const keyFile = new AdminKeyFile(dataDir);
  const apiKey = keyFile.read();
  if (url === undefined || apiKey === null)
    throw new Error(`The admin key is not in ${keyFile.path}: the demo needs it`);
  await runDemo({ url, apiKey, signal: ending });
  if (isShort) return;
  printCurlLines(url, apiKey);
  console.log(`\nMuster keeps serving at ${url} (its API: ${url}/docs). Ctrl-C ends it.`);
  console.log(`See it in a browser: ${await signInLink(url, apiKey, dataDir)}`);
  if (!ending.aborted) await once(ending, 'abort');
}
