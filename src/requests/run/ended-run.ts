/** A run at its end, or an attempt that is tried again. */
export interface EndedRun {
  readonly runId: string;
  readonly hash: string;
  readonly metric: string;
  readonly state: 'succeeded' | 'failed' | 'cancelled' | 'retried';
  readonly attempt: number;
  /** From acceptance to start, and from start to end. */
  readonly queueMs: number | null;
  readonly runMs: number | null;
  readonly engineMs?: number;
  /** Of a run that did not succeed as far as was seen; null where it was over before anybody looked. */
  readonly rowsRead?: number | null;
  readonly bytesRead?: number | null;
  /** The most that its queries were seen to hold. */
  readonly memoryBytes?: number | null;
  readonly code?: string;
}
