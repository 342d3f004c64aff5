import { setTimeout as sleep } from 'node:timers/promises';
import { isRunning, type ProcessIdentity } from '../../embedded/process-identity.js';

/** SIGINT disconnects clients and ends cleanly, SIGQUIT at once (the next start recovers); SIGKILL is the last resort. */
const STEPS = [
  { signal: 'SIGINT', patienceMs: 15_000 },
  { signal: 'SIGQUIT', patienceMs: 6_000 },
  { signal: 'SIGKILL', patienceMs: 2_000 },
] as const;

/** Ends the server and waits until it is gone. */
export async function endPostmaster(server: ProcessIdentity): Promise<void> {
  for (const { signal, patienceMs } of STEPS) {
    if (!signalled(server, signal)) return;
    for (const end = Date.now() + patienceMs; Date.now() < end; await sleep(10)) {
      if (!isRunning(server)) return;
    }
  }
}

/** False: there is no such process any more. */
export function signalled(server: ProcessIdentity, signal: NodeJS.Signals): boolean {
  try {
    return isRunning(server) && process.kill(server.pid, signal);
  } catch {
    return false;
  }
}
