/** The queue of validations: its jobs say "look at this upload". The upload's row in PostgreSQL is the truth, never the job. */
export const UPLOADS_QUEUE = 'uploads';

/** What a job carries. Workers of another version of the program refuse a `version` they do not know, and leave the job to others. */
export interface UploadJob {
  readonly version: 1;
  readonly uploadId: string;
  /** Which of the validations that were asked of it. */
  readonly asked: number;
}

export function uploadJob(uploadId: string, requested: number): UploadJob {
  return { version: 1, uploadId, asked: requested };
}

/** The job's id in the queue: one for each validation that is asked for, however often it is started. */
export function uploadJobId({ uploadId, asked: requested }: UploadJob): string {
  return `${uploadId}-${requested}`;
}

/**
 * Reads what came out of the queue.
 * @throws Error when it is not a job of a known version
 */
export function readUploadJob(data: unknown): UploadJob {
  if (typeof data !== 'object' || data === null) throw new Error('a job of the uploads queue must be an object');
  const { version, uploadId, asked: requested } = data as Partial<Record<keyof UploadJob, unknown>>;
  if (version !== 1) throw new Error(`jobs of version ${String(version)} are not known here`);
  if (typeof uploadId !== 'string' || typeof requested !== 'number') {
    throw new Error('a job of the uploads queue must name its upload and validation');
  }
  return { version, uploadId, asked: requested };
}
