import { Injectable } from '@nestjs/common';
import type { GrantSet } from '../core/access/grants.js';
import { JobEvents, type JobLook } from '../jobs/job-events.js';
import type { Snapshot, Watched } from '../platform/http/event-stream.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { SharedReads } from '../stores/postgres/shared-reads.js';
import { AnswerBodies, type AnswerOrHead } from './answer/answer-body.js';
import { Answers, answerVersion } from './answer/answers.service.js';
import { RequestReader } from './request-reader.service.js';
import type { RequestAndRun } from './run/run-admission.js';
import { isFinished, METRIC_RUNS } from './run/run.entity.js';

/** What happens to one request, read from its rows. */
@Injectable()
export class RequestEvents {
  private readonly looks = new SharedReads<Look>();

  constructor(
    private readonly reader: RequestReader,
    private readonly answers: Answers,
    private readonly events: JobEvents,
    private readonly bodies: AnswerBodies,
  ) {}

  /** `grants`: of the watcher. `read` throws not_found where the property has no such request. */
  watch(property: PropertyEntity, requestId: string, grants: GrantSet): Watched {
    return this.events.watch(METRIC_RUNS, async (): Promise<JobLook> => {
      const { requested, reported } = await this.look(property, requestId);
      const { id, state, attempt, rowsRead: progress } = requested.run;
      const snapshot = snapshotOf(requested, reported, (of) => this.bodies.data(of, grants));
      return { job: { id, state, attempt, progress }, snapshot };
    });
  }

  /** Thousands may watch one request, and a change reaches all of them at once: they share one read. */
  private look(property: PropertyEntity, requestId: string): Promise<Look> {
    return this.looks.share(`${property.id} ${requestId}`, async () => {
      const requested = await this.reader.find(property.id, requestId);
      return { requested, reported: await this.answers.current(requested) };
    });
  }
}

/** A request and its answer, as they were read together. */
interface Look {
  readonly requested: RequestAndRun;
  readonly reported: AnswerOrHead;
}

/** The last event carries the whole answer; those before carry the progress. */
function snapshotOf(
  { run }: RequestAndRun,
  reported: AnswerOrHead,
  dataOf: (reported: AnswerOrHead) => Snapshot['data'],
): Snapshot {
  const { id, status, progress } = reported.answer;
  const isLast = isFinished(status);
  const data = isLast ? dataOf(reported) : { id, status, progress };
  return { id: answerVersion(run, reported.answer), event: status, data, isLast };
}
