import { once } from 'node:events';
import { constants } from 'node:os';
import { AdminKeyFile } from '../accounts/admin-key-file.js';
import { exitWith } from '../platform/config/exit-with.js';
import { readConfig } from '../platform/config/read-config.js';
import type { RunningMuster } from '../start.js';
import { printCurlLines } from './demo/curl-lines.js';
import { runDemo } from './demo/run-demo.js';

// Starts Muster, loads the CDNOW data, asks, prints, and keeps serving; `--exit` ends it instead.

const ending = new AbortController();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(signal));

try {
  const config = readConfig();
  console.log(`Starting Muster in ${config.dataDir} ...`);
  const { startMuster } = await import('../start.js');
  const muster = await startMuster({ ...config, role: 'all', logLevel: 'warn' }, ending.signal);
  try {
    await serve(muster, new AdminKeyFile(config.dataDir));
  } finally {
    await muster.stop();
  }
} catch (error) {
  if (error !== ending.signal.reason) exitWith(error);
}
process.exit(0);

async function serve({ url }: RunningMuster, keyFile: AdminKeyFile): Promise<void> {
  const apiKey = keyFile.read();
  if (url === undefined || apiKey === null)
    throw new Error(`The admin key is not in ${keyFile.path}: the demo needs it`);
  await runDemo({ url, apiKey, signal: ending.signal });
  if (process.argv.includes('--exit')) return;
  printCurlLines(url, apiKey);
  console.log(`\nMuster keeps serving at ${url} (its API: ${url}/docs). Ctrl-C ends it.`);
  if (!ending.signal.aborted) await once(ending.signal, 'abort');
}

function end(signal: 'SIGINT' | 'SIGTERM'): void {
  if (ending.signal.aborted) process.exit(128 + constants.signals[signal]);
  ending.abort();
}
