import { setTimeout as sleep } from 'node:timers/promises';
import type { Engine, EngineOptions } from './engine.js';

/**
 * What the statements that take data in may use, whatever the limit of those that ask: a batch has at most 28 MiB and a
 * million rows, and a sender can do nothing about a limit but send the same again.
 */
export const TAKING_IN: EngineOptions = { atLeastMemoryBytes: 512 * 1024 * 1024 };

/**
 * Marks the insert of a batch, or of `count` batches in a row, so that it can be found by each of them and stopped when
 * the process that sent it is gone.
 */
export function ingestMarker(propertyNumber: number, seq: number, count = 1): string {
  return Array.from({ length: count }, (_, at) => `ingest:${propertyNumber}:${seq + at}`).join(',');
}

/** An insert whose body had just arrived when its sender died may start a moment later: it is stopped once more then. */
const LATE_START_MS = 200;

/** Stops inserts: none of their rows comes in afterwards. Throws what the engine throws. */
export async function stopInserts(engine: Engine, markers: readonly string[]): Promise<void> {
  if (markers.length === 0) return;
  const kill = (): Promise<unknown> => Promise.all(markers.map((marker) => engine.kill(marker)));
  await kill();
  await sleep(LATE_START_MS);
  await kill();
}
