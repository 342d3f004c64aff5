import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { Snapshot, Watched } from '../platform/http/event-stream.js';
import { isDatabaseAway } from '../platform/process/retry-while-away.js';
import type { JobKind } from './job-kind.js';
import { JobWatcher, type JobSighting } from './job-watcher.js';

/** What a look at a job has read: its row, and what is told of it. */
export interface JobLook {
  readonly job: Pick<JobSighting, 'id' | 'state' | 'attempt'> & { readonly progress: number | null };
  readonly snapshot: Snapshot;
}

/** Follows jobs of every kind from state to state. */
@Injectable()
export class JobEvents {
  constructor(private readonly watcher: JobWatcher) {}

  /** `look` reads the job and tells what it is like; `read` throws what it throws, but for a database that is away. */
  watch(kind: JobKind, look: () => Promise<JobLook>): Watched {
    const { watcher } = this;
    let known: JobLook['job'] | undefined;
    return {
      read: async () => {
        try {
          const { job, snapshot } = await look();
          known = job;
          return snapshot;
        } catch (error) {
          if (isDatabaseAway(error)) return null;
          throw error;
        }
      },
      changed: async (maxMs) => {
        const before = known;
        if (before === undefined) await sleep(maxMs);
        else await watcher.seen(kind, before.id, maxMs, (seen) => isNews(before, seen));
      },
      get isClosing() {
        return watcher.isClosing;
      },
    };
  }
}

function isNews(before: JobLook['job'], seen: JobSighting): boolean {
  const progress = seen.progress ?? before.progress;
  return seen.state !== before.state || seen.attempt !== before.attempt || progress !== before.progress;
}
