import {
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { RunHints } from '../../stores/queue/run-hints.js';
import { isFinished, type RunState } from './run.entity.js';

/** What a look at a run's row has shown, or a hint has said. It may come late, after newer ones: `isFinished` and `attempt` only ever grow. */
export interface RunSighting {
  readonly id: string;
  readonly state: RunState;
  readonly attempt: number;
  /** Not told by hints. */
  readonly rowsRead?: number | null;
}

type Listener = (seen: RunSighting) => void;

/** Rows are looked at this often even when no hint comes: the row is the truth, hints get lost. */
const POLL_MS = 500;
/** For what happened before the watch began. Most runs have ended by then, and a hint has come. */
const FIRST_LOOK_MS = 25;

/** Tells who waits for a run, or works on one, what its row says soon after it has changed. One query per look, however many wait. */
@Injectable()
export class RunWatcher implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
  private readonly logger = new Logger(RunWatcher.name);
  private readonly listeners = new Map<string, Set<Listener>>();
  private readonly waits = new Set<() => void>();
  private readonly stops: (() => void)[] = [];
  /** Runs to look at in the next turn of the event loop, in one query. */
  private readonly due = new Set<string>();
  private closing = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly hints: RunHints,
  ) {}

  onModuleInit(): void {
    const unsubscribe = this.hints.subscribe((hint) => this.tell(hint));
    const timer = setInterval(() => this.lookSoon(this.listeners.keys()), POLL_MS);
    timer.unref();
    this.stops.push(unsubscribe, () => clearInterval(timer));
  }

  onModuleDestroy(): void {
    this.endWaits();
  }

  /** Whoever waits for an answer gets at once what there is; whoever works on a run goes on being told. */
  endWaits(): void {
    this.closing = true;
    for (const end of this.waits) end();
  }

  onApplicationShutdown(): void {
    for (const stop of this.stops) stop();
    this.listeners.clear();
  }

  /** Calls `listener` with every sighting of the run, the first one soon. Returns what ends it. */
  watch(runId: string, listener: Listener): () => void {
    const listeners = this.listeners.get(runId) ?? new Set();
    this.listeners.set(runId, listeners.add(listener));
    setTimeout(() => listeners.has(listener) && this.lookSoon([runId]), FIRST_LOOK_MS).unref();
    return () => {
      listeners.delete(listener);
      if (listeners.size === 0 && this.listeners.get(runId) === listeners) this.listeners.delete(runId);
    };
  }

  /** Resolves when the run has finished, the time is up or the process shuts down: read the row to know which. */
  async ended(runId: string, waitMs: number): Promise<void> {
    await this.seen(runId, waitMs, ({ state }) => isFinished(state));
  }

  /** Whether the process shuts down: nobody can wait here any more. */
  get isClosing(): boolean {
    return this.closing;
  }

  /** Resolves when a sighting of the run is what is waited for, the time is up or the process shuts down: read the row to know which. */
  async seen(runId: string, waitMs: number, isIt: (seen: RunSighting) => boolean): Promise<void> {
    if (this.closing) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        unwatch();
        this.waits.delete(end);
        resolve();
      };
      const timer = setTimeout(end, waitMs);
      const unwatch = this.watch(runId, (seen) => isIt(seen) && end());
      this.waits.add(end);
    });
  }

  private tell(seen: RunSighting): void {
    this.listeners.get(seen.id)?.forEach((listener) => listener(seen));
  }

  private lookSoon(runIds: Iterable<string>): void {
    const scheduled = this.due.size > 0;
    for (const runId of runIds) this.due.add(runId);
    if (!scheduled && this.due.size > 0) setImmediate(() => void this.look());
  }

  private async look(): Promise<void> {
    const runIds = [...this.due];
    this.due.clear();
    try {
      const rows: RunSighting[] = await this.dataSource.query(
        'SELECT id, state, attempt, rows_read::float8 AS "rowsRead" FROM runs WHERE id = ANY($1)',
        [runIds],
      );
      for (const row of rows) this.tell(row);
    } catch (error) {
      this.logger.warn(`runs could not be looked at: ${(error as Error).message}`);
    }
  }
}
