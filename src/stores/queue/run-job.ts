/** The one queue: its jobs say "look at this run". The run's row in PostgreSQL is the truth, never the job. */
export const RUNS_QUEUE = 'runs';

/** What a job carries. Workers of another version of the program refuse a `version` they do not know, and leave the job to others. */
export interface RunJob {
  readonly version: 1;
  readonly runId: string;
  readonly propertyId: string;
}

/** The job of a run. Its id in the queue is the run's id. */
export function runJob(runId: string, propertyId: string): RunJob {
  return { version: 1, runId, propertyId };
}

/**
 * Reads what came out of the queue.
 * @throws Error when it is not a job of a known version
 */
export function readRunJob(data: unknown): RunJob {
  if (typeof data !== 'object' || data === null) throw new Error('a job of the runs queue must be an object');
  const { version, runId, propertyId } = data as Partial<Record<keyof RunJob, unknown>>;
  if (version !== 1) throw new Error(`jobs of version ${String(version)} are not known here`);
  if (typeof runId !== 'string' || typeof propertyId !== 'string') {
    throw new Error('a job of the runs queue must name its run and property');
  }
  return { version, runId, propertyId };
}
