import { Injectable, Logger } from '@nestjs/common';
import type { EndedRun } from './ended-run.js';
import { RunMetrics } from './run-metrics.js';

/** Says of every run once how it ended and what it took, in the log and in the figures of /metrics. */
@Injectable()
export class RunLog {
  private readonly logger = new Logger(RunLog.name);

  constructor(private readonly metrics: RunMetrics) {}

  ended(run: EndedRun, cause?: unknown): void {
    this.metrics.ended(run);
    const line = { msg: run.state === 'retried' ? 'run to be tried again' : 'run ended', ...run };
    if (run.state === 'failed' || run.state === 'retried') this.logger.error({ ...line, err: cause });
    else this.logger.log(line);
  }
}
