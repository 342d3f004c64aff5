import { Injectable } from '@nestjs/common';
import { JobWatcher } from '../../jobs/job-watcher.js';
import type { PropertyEntity } from '../../properties/property.entity.js';
import { RequestsService } from '../requests.service.js';
import { isFinished, METRIC_RUNS } from '../run/run.entity.js';
import type { AnswerToPoll } from './poll-headers.js';
import { statusOf } from './to-answer.js';

/** Shows a request when it has its end, or when the caller does not want to wait any longer. */
@Injectable()
export class LongPoll {
  constructor(
    private readonly requests: RequestsService,
    private readonly watcher: JobWatcher,
  ) {}

  /** @throws Failure not_found */
  async get(property: PropertyEntity, requestId: string, waitMs: number): Promise<AnswerToPoll> {
    if (waitMs > 0) {
      const requested = await this.requests.find(property, requestId);
      if (!isFinished(statusOf(requested))) await this.watcher.ended(METRIC_RUNS, requested.run.id, waitMs);
    }
    return await this.requests.get(property, requestId);
  }
}
