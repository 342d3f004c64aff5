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
  readonly rowsRead?: number;
  readonly bytesRead?: number;
  readonly memoryBytes?: number | null;
  readonly code?: string;
}
