import { Injectable, Logger } from '@nestjs/common';
import type { JobContext } from '../../jobs/job-kind.js';
import { Engine, type EngineProgress } from '../../stores/clickhouse/engine.js';

/**
 * A look takes the processor from the query that it looks at: what is over within a moment is not looked at, and a long
 * one every second.
 */
const FIRST_LOOK_MS = 50;
const LONGEST_PAUSE_MS = 1000;
/** Shorter runs report no progress. */
const FIRST_REPORT_MS = 200;

/** What was seen of an attempt while it was under way, at the last look; null where it was over before the first. */
export interface MeterReading {
  /** The most that its queries held at once. */
  readonly memoryBytes: number | null;
  readonly rowsRead: number | null;
  readonly bytesRead: number | null;
}

/** Looks at the queries of an attempt while they run, and writes down how far they have come. */
@Injectable()
export class RunMeter {
  private readonly logger = new Logger(RunMeter.name);

  constructor(private readonly engine: Engine) {}

  /** Starts to look. The returned function ends it and tells what was seen. */
  start({ target, query: { marker }, report }: JobContext): () => MeterReading {
    let timer: NodeJS.Timeout | undefined;
    let rowsToRead = 0;
    let reading: MeterReading = { memoryBytes: null, rowsRead: null, bytesRead: null };
    const startedMs = performance.now();
    const look = async (pauseMs: number): Promise<void> => {
      const seen = await this.engine.progress(marker);
      if (timer === undefined) return;
      if (seen !== null) {
        reading = further(reading, seen);
        // The query that aggregates reads less than the one that measures, and comes after it.
        const isToTell = performance.now() - startedMs >= FIRST_REPORT_MS;
        if (isToTell && seen.rowsToRead >= rowsToRead && seen.rowsToRead > 0) {
          rowsToRead = seen.rowsToRead;
          await report({ rows_read: seen.rowsRead, rows_to_read: seen.rowsToRead });
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
      return reading;
    };
  }
}

/** The query that measures reads most, and is the first. */
function further(before: MeterReading, seen: EngineProgress): MeterReading {
  return {
    memoryBytes: Math.max(before.memoryBytes ?? 0, seen.memoryBytes),
    rowsRead: Math.max(before.rowsRead ?? 0, seen.rowsRead),
    bytesRead: Math.max(before.bytesRead ?? 0, seen.bytesRead),
  };
}
