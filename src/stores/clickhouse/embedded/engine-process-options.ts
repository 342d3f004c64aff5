import type { ProcessIdentity } from '../../embedded/process-identity.js';

/** What the engine's process is started with, as JSON in its first argument. Sizes in bytes. */
export interface EngineProcessOptions {
  readonly folder: string;
  readonly spoolFolder: string;
  readonly socketPath: string;
  readonly memoryBytes: number;
  /** Of all answers in the spool folder together. */
  readonly exportSpoolBytes: number;
  readonly fsync: boolean;
  /** Who starts it and will know its orphans by it; it ends without its parent in any case. */
  readonly parent?: ProcessIdentity;
}

/** What it tells its parent. */
export interface EngineMessage {
  readonly type: 'ready';
}
