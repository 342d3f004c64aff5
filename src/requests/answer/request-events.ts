import { Injectable } from '@nestjs/common';
import type { PropertyEntity } from '../../properties/property.entity.js';
import { answerVersion } from './answer-version.js';
import { AnswerBodies, type AnswerOrHead } from './answer-bodies.js';
import type { Snapshot, Watched } from './event-stream.js';
import { RequestsService } from '../requests.service.js';
import { isDatabaseAway } from '../../platform/process/through-outages.js';
import type { Asked } from '../run/run-store.js';
import { RunWatcher, type RunSighting } from '../run/run-watcher.js';
import { isFinished, type RunEntity } from '../run/run.entity.js';

/** What happens to one request, read from its rows. */
@Injectable()
export class RequestEvents {
  constructor(
    private readonly requests: RequestsService,
    private readonly watcher: RunWatcher,
    private readonly bodies: AnswerBodies,
  ) {}

  watch(property: PropertyEntity, { request }: Asked): Watched {
    const { requests, watcher, bodies } = this;
    let run: RunEntity | undefined;
    return {
      read: async () => {
        try {
          const asked = await requests.find(property, request.id);
          run = asked.run;
          return snapshotOf(asked, await requests.answer(asked), bodies);
        } catch (error) {
          if (isDatabaseAway(error)) return null;
          throw error;
        }
      },
      changed: (maxMs) => watcher.seen(request.runId, maxMs, (seen) => run === undefined || isNews(run, seen)),
      get isClosing() {
        return watcher.isClosing;
      },
    };
  }
}

/** The last event carries the whole answer; those before tell how far it is. */
function snapshotOf({ run }: Asked, told: AnswerOrHead, bodies: AnswerBodies): Snapshot {
  const { id, status, progress } = told.answer;
  const isLast = isFinished(status);
  const data = isLast ? bodies.data(told) : { id, status, progress };
  return { id: answerVersion(run, told.answer), event: status, data, isLast };
}

function isNews(run: RunEntity, seen: RunSighting): boolean {
  const rowsRead = seen.rowsRead ?? run.rowsRead;
  return seen.state !== run.state || seen.attempt !== run.attempt || rowsRead !== run.rowsRead;
}
