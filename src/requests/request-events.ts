import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import type { PropertyEntity } from '../properties/property.entity.js';
import { Answers, answerVersion } from './answer/answers.service.js';
import { AnswerBodies, type AnswerOrHead } from './answer/answer-body.js';
import { RequestReader } from './request-reader.service.js';
import { isDatabaseAway } from '../platform/process/retry-while-away.js';
import type { RequestAndRun } from './run/run-admission.js';
import { SharedReads } from '../stores/postgres/shared-reads.js';
import { JobWatcher, type JobSighting } from '../jobs/job-watcher.js';
import { isFinished, METRIC_RUNS, type RunEntity } from './run/run.entity.js';

/** One state of what is watched. Two with one id are one event. */
export interface Snapshot {
  readonly id: string;
  readonly event: string;
  /** An object, or the text of its JSON in pieces. */
  readonly data: object | AsyncIterable<string>;
  /** Nothing comes after it. */
  readonly isLast: boolean;
}

/** Where the events come from. */
export interface Watched {
  /** What holds now. Null: it cannot be read at the moment. */
  read(): Promise<Snapshot | null>;
  /** Resolves soon after a change, and in any case after `maxMs`. */
  changed(maxMs: number): Promise<void>;
  /** Whether this process is about to stop. */
  readonly isClosing: boolean;
}

/** The state is read this often, also without a hint: a change whose hint was lost is reported this late at most. */
const LOOK_EVERY_MS = 2000;
const HEARTBEAT_MS = 15_000;
/** What a client waits before it comes back. */
const RETRY_MS = 1000;

/**
 * Server-sent events of what is watched, from its present state to its last one, which ends the stream. A client that
 * comes back with the id of the last event it has got goes on behind it: each state is sent once, however often the
 * connection is cut.
 */
export async function* eventStream(
  watched: Watched,
  lastEventId: string | null,
  heartbeatMs = HEARTBEAT_MS,
): AsyncGenerator<string> {
  yield `retry: ${RETRY_MS}\n\n`;
  let reported = lastEventId;
  let spokeMs = performance.now();
  for (;;) {
    const snapshot = await watched.read();
    if (snapshot !== null && snapshot.id !== reported) {
      yield* textOf(snapshot);
      reported = snapshot.id;
      spokeMs = performance.now();
    }
    if (snapshot?.isLast || watched.isClosing) return;
    await (snapshot === null ? sleep(RETRY_MS) : watched.changed(Math.min(LOOK_EVERY_MS, heartbeatMs)));
    if (performance.now() - spokeMs >= heartbeatMs) {
      yield ': still here\n\n';
      spokeMs = performance.now();
    }
  }
}

/** JSON has no line breaks, and ids are ours. */
async function* textOf({ id, event, data }: Snapshot): AsyncGenerator<string> {
  const head = `id: ${id}\nevent: ${event}\ndata: `;
  if (!(Symbol.asyncIterator in data)) return yield `${head}${JSON.stringify(data)}\n\n`;
  yield head;
  yield* data;
  yield '\n\n';
}

/** What happens to one request, read from its rows. */
@Injectable()
export class RequestEvents {
  private readonly looks = new SharedReads<Look>();

  constructor(
    private readonly reader: RequestReader,
    private readonly answers: Answers,
    private readonly watcher: JobWatcher,
    private readonly bodies: AnswerBodies,
  ) {}

  /** Thousands may watch one request, and a change reaches all of them at once: they share one read. */
  private look(property: PropertyEntity, requestId: string): Promise<Look> {
    return this.looks.share(`${property.id} ${requestId}`, async () => {
      const requested = await this.reader.find(property.id, requestId);
      return { requested, reported: await this.answers.current(requested) };
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

/** The last event carries the whole answer; those before carry the progress. */
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
