import { once } from 'node:events';
import { endingSignal, exitWith } from '../platform/process/ending.js';
import { readConfig } from '../platform/config/read-config.js';

/** Serves until a signal ends it, and exits. */
export async function serve(): Promise<never> {
  const ending = endingSignal();
  try {
    const config = readConfig();
    const { startMuster } = await import('../start.js');
    const muster = await startMuster(config, ending);
    if (!ending.aborted) await once(ending, 'abort');
    await muster.stop();
  } catch (error) {
    if (error !== ending.reason) exitWith(error);
  }
  process.exit(0);
}
