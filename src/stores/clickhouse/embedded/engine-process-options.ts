/** What the engine's process is started with, as JSON in its first argument. Sizes in bytes. */
export interface EngineProcessOptions {
  readonly folder: string;
  readonly spoolFolder: string;
  readonly socketPath: string;
  readonly memoryBytes: number;
  readonly fsync: boolean;
}

/** What it tells its parent. */
export interface EngineMessage {
  readonly type: 'ready';
}
