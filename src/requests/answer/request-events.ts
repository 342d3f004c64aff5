import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { JobWatcher, type JobSighting } from '../../jobs/job-watcher.js';
import type { PropertyEntity } from '../../properties/property.entity.js';
import { answerVersion } from './answer-version.js';
import { AnswerBodies, type AnswerOrHead } from './answer-bodies.js';
import type { Snapshot, Watched } from './event-stream.js';
import { RequestsService } from '../requests.service.js';
import { isDatabaseAway } from '../../platform/process/retry-while-away.js';
import type { RequestAndRun } from '../run/run-admission.js';
import { SharedReads } from '../../stores/postgres/shared-reads.js';
import { isFinished, METRIC_RUNS, type RunEntity } from '../run/run.entity.js';

/** What happens to one request, read from its rows. */
@Injectable()
export class RequestEvents {
  private readonly looks = new SharedReads<Look>();

  constructor(
    private readonly requests: RequestsService,
    private readonly watcher: JobWatcher,
    private readonly bodies: AnswerBodies,
  ) {}

  /** Thousands may watch one request, and all of them are told of a change at once: they look at it together. */
  private look(property: PropertyEntity, requestId: string): Promise<Look> {
    return this.looks.share(`${property.id} ${requestId}`, async () => {
      const requested = await this.requests.find(property, requestId);
      return { requested, reported: await this.requests.answer(requested) };
    });
  }

  /** `read` throws not_found where the property has no such request. */
  watch(property: PropertyEntity, requestId: string): Watched {
    const { watcher, bodies } = this;
    let run: RunEntity | undefined;
    return {
      read: async () => {
        try {
          const { requested, reported } = await this.look(property, requestId);
          run = requested.run;
          return snapshotOf(requested, reported, bodies);
        } catch (error) {
          if (isDatabaseAway(error)) return null;
          throw error;
        }
      },
      changed: async (maxMs) => {
        const known = run;
        if (known === undefined) await sleep(maxMs);
        else await watcher.seen(METRIC_RUNS, known.id, maxMs, (seen) => isNews(known, seen));
      },
      get isClosing() {
        return watcher.isClosing;
      },
    };
  }
}

/** A request and its answer, as they were read together. */
interface Look {
  readonly requested: RequestAndRun;
  readonly reported: AnswerOrHead;
}

/** The last event carries the whole answer; those before tell how far it is. */
function snapshotOf({ run }: RequestAndRun, reported: AnswerOrHead, bodies: AnswerBodies): Snapshot {
  const { id, status, progress } = reported.answer;
  const isLast = isFinished(status);
  const data = isLast ? bodies.data(reported) : { id, status, progress };
  return { id: answerVersion(run, reported.answer), event: status, data, isLast };
}

function isNews(run: RunEntity, seen: JobSighting): boolean {
  const rowsRead = seen.progress ?? run.rowsRead;
  return seen.state !== run.state || seen.attempt !== run.attempt || rowsRead !== run.rowsRead;
}
