import { once } from 'node:events';
import { constants } from 'node:os';
import { readConfig } from './platform/config/read-config.js';
import { exitWith } from './platform/config/exit-with.js';

/** npm passes on a Ctrl-C that the terminal has sent to us already: signals this close together are one. */
const SAME_SIGNAL_MS = 500;

const ending = new AbortController();
let firstSignalMs = 0;

for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => end(signal));

try {
  const config = readConfig();
  const { startMuster } = await import('./start.js');
  const muster = await startMuster(config, ending.signal);
  if (!ending.signal.aborted) await once(ending.signal, 'abort');
  await muster.stop();
} catch (error) {
  if (error !== ending.signal.reason) exitWith(error);
}
process.exit(0);

/** The first signal ends in order; a second one at once, by which the embedded stores are killed. */
function end(signal: 'SIGINT' | 'SIGTERM'): void {
  if (!ending.signal.aborted) {
    firstSignalMs = performance.now();
    ending.abort();
  } else if (performance.now() - firstSignalMs > SAME_SIGNAL_MS) {
    process.exit(128 + constants.signals[signal]);
  }
}
