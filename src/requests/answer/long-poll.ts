import { Injectable } from '@nestjs/common';
import type { PropertyEntity } from '../../properties/property.entity.js';
import { RequestsService } from '../requests.service.js';
import { RunWatcher } from '../run/run-watcher.js';
import { isFinished } from '../run/run.entity.js';
import type { Told } from './tell-progress.js';
import { statusOf } from './to-answer.js';

/** Shows a request when it has its end, or when the caller does not want to wait any longer. */
@Injectable()
export class LongPoll {
  constructor(
    private readonly requests: RequestsService,
    private readonly watcher: RunWatcher,
  ) {}

  /** @throws Failure not_found */
  async get(property: PropertyEntity, requestId: string, waitMs: number): Promise<Told> {
    if (waitMs > 0) {
      const asked = await this.requests.find(property, requestId);
      if (!isFinished(statusOf(asked))) await this.watcher.ended(asked.run.id, waitMs);
    }
    return await this.requests.get(property, requestId);
  }
}
