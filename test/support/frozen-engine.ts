import type { TestEngine } from './embedded-engine.js';

/** Keeps whatever the engine is asked from ending while `work` goes on: its process stands still. */
export async function whileFrozen<T>({ pid }: TestEngine, work: () => Promise<T>): Promise<T> {
  if (pid === undefined) throw new Error('the engine does not run');
  process.kill(pid, 'SIGSTOP');
  try {
    return await work();
  } finally {
    process.kill(pid, 'SIGCONT');
  }
}
