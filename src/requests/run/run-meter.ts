import { Injectable, Logger } from '@nestjs/common';
import type { RunTarget } from '../../core/request/run-plan.js';
import { Engine } from '../../stores/clickhouse/engine.js';
import { markerOf } from './run-marker.js';
import { RunProgress } from './run-progress.js';

/** Most runs are over before the first look; a long one is looked at every second. */
const FIRST_LOOK_MS = 200;
const LONGEST_PAUSE_MS = 1000;

/** What was seen of an attempt while it was under way. */
export interface MeterReading {
  /** The most memory that its queries held; null where it was over before anybody looked. */
  readonly memoryBytes: number | null;
}

/** Looks at the queries of an attempt while they run, and writes down how far they have come. */
@Injectable()
export class RunMeter {
  private readonly logger = new Logger(RunMeter.name);

  constructor(
    private readonly engine: Engine,
    private readonly progress: RunProgress,
  ) {}

  /** Starts to look. The returned function ends it and tells what was seen. */
  start(target: RunTarget): () => MeterReading {
    let timer: NodeJS.Timeout | undefined;
    let rowsToRead = 0;
    let memoryBytes: number | null = null;
    const look = async (pauseMs: number): Promise<void> => {
      const seen = await this.engine.progress(markerOf(target));
      if (timer === undefined) return;
      if (seen !== null) {
        memoryBytes = Math.max(memoryBytes ?? 0, seen.memoryBytes);
        // The query that aggregates reads less than the one that measures, and comes after it.
        if (seen.rowsToRead >= rowsToRead && seen.rowsToRead > 0) {
          rowsToRead = seen.rowsToRead;
          await this.progress.report(target, seen.rowsRead, seen.rowsToRead);
        }
      }
      if (timer !== undefined) schedule(Math.min(LONGEST_PAUSE_MS, 2 * pauseMs));
    };
    const schedule = (pauseMs: number): void => {
      timer = setTimeout(() => {
        look(pauseMs).catch((error: Error) => {
          this.logger.warn({ msg: 'progress not seen', ...target, err: error });
          if (timer !== undefined) schedule(LONGEST_PAUSE_MS);
        });
      }, pauseMs).unref();
    };
    schedule(FIRST_LOOK_MS);
    return () => {
      clearTimeout(timer);
      timer = undefined;
      return { memoryBytes };
    };
  }
}
