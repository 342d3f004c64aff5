import {
  Injectable,
  Logger,
  type OnApplicationShutdown,
  type OnModuleDestroy,
  type OnModuleInit,
} from '@nestjs/common';
import { DataSource } from 'typeorm';
import { JobHints } from '../stores/queue/job-hints.js';
import { isOver, type JobKind, type JobTarget } from './job-kind.js';

/**
 * What a look at a job's row has shown, or a hint has said. It may come late, after newer ones: `isOver` and `attempt`
 * only ever grow within one generation.
 */
export interface JobSighting {
  readonly id: string;
  /** As the table calls it; null: the row is gone. */
  readonly state: string | null;
  /** Whether nothing follows by itself. */
  readonly isOver: boolean;
  readonly attempt: number;
  /** Of a kind that reports it; not told by hints. */
  readonly progress?: number | null;
}

type Listener = (seen: JobSighting) => void;

interface Row {
  readonly id: string;
  readonly state: string;
  readonly attempt: number;
  readonly progress: number | null;
}

/** Those of one kind who wait for jobs, by the id of the job. */
interface Watched {
  readonly listeners: Map<string, Set<Listener>>;
  /** Jobs to look at in the next turn of the event loop, in one query. */
  readonly due: Set<string>;
}

/** Rows are looked at this often even when no hint comes: the row is the truth, hints get lost. */
const POLL_MS = 500;
/** For what happened before the watch began. Most jobs have ended by then, and a hint has come. */
const FIRST_LOOK_MS = 25;

/**
 * Tells who waits for a job, or works on one, what its row says soon after it has changed. One query per look and kind,
 * however many wait.
 */
@Injectable()
export class JobWatcher implements OnModuleInit, OnModuleDestroy, OnApplicationShutdown {
  private readonly logger = new Logger(JobWatcher.name);
  private readonly watched = new Map<JobKind, Watched>();
  private readonly waits = new Set<() => void>();
  private readonly stops: (() => void)[] = [];
  private closing = false;

  constructor(
    private readonly dataSource: DataSource,
    private readonly hints: JobHints,
  ) {}

  onModuleInit(): void {
    const unsubscribe = this.hints.subscribe((hint) => {
      for (const [kind, { listeners }] of this.watched) {
        if (kind.name === hint.kind) tell(listeners, { ...hint, isOver: isOver(kind, hint.state) });
      }
    });
    const timer = setInterval(() => {
      for (const [kind, { listeners }] of this.watched) this.lookSoon(kind, listeners.keys());
    }, POLL_MS);
    timer.unref();
    this.stops.push(unsubscribe, () => clearInterval(timer));
  }

  onModuleDestroy(): void {
    this.endWaits();
  }

  /** Whoever waits for an end gets at once what there is; whoever works on a job goes on getting news. */
  endWaits(): void {
    this.closing = true;
    for (const end of this.waits) end();
  }

  onApplicationShutdown(): void {
    for (const stop of this.stops) stop();
    this.watched.clear();
  }

  /**
   * Calls `listener` with every sighting of the job. `mayBeOver`: something may have happened to it already, so the
   * first look comes soon. Returns what ends it.
   */
  watch(kind: JobKind, id: string, listener: Listener, mayBeOver = true): () => void {
    const { listeners } = this.of(kind);
    const ofJob = listeners.get(id) ?? new Set();
    listeners.set(id, ofJob.add(listener));
    if (mayBeOver) setTimeout(() => ofJob.has(listener) && this.lookSoon(kind, [id]), FIRST_LOOK_MS).unref();
    return () => {
      ofJob.delete(listener);
      if (ofJob.size === 0 && listeners.get(id) === ofJob) listeners.delete(id);
    };
  }

  /** Tells those who wait in this process of what it has just written itself, before the hint comes. */
  written(kind: JobKind, { id, attempt }: JobTarget, state: string): void {
    tell(this.of(kind).listeners, { id, state, attempt, isOver: isOver(kind, state) });
  }

  /** Resolves when the job is over or gone, the time is up or the process shuts down: read the row to know which. */
  async ended(kind: JobKind, id: string, waitMs: number, mayBeOver = true): Promise<void> {
    await this.seen(kind, id, waitMs, (seen) => seen.isOver, mayBeOver);
  }

  /** Whether the process shuts down: nobody can wait here any more. */
  get isClosing(): boolean {
    return this.closing;
  }

  /**
   * Resolves when a sighting of the job is what is waited for, the time is up or the process shuts down: read the row
   * to know which.
   */
  async seen(
    kind: JobKind,
    id: string,
    waitMs: number,
    isIt: (seen: JobSighting) => boolean,
    mayBeOver = true,
  ): Promise<void> {
    if (this.closing) return;
    await new Promise<void>((resolve) => {
      const end = () => {
        clearTimeout(timer);
        unwatch();
        this.waits.delete(end);
        resolve();
      };
      const timer = setTimeout(end, waitMs);
      const unwatch = this.watch(kind, id, (seen) => isIt(seen) && end(), mayBeOver);
      this.waits.add(end);
    });
  }

  private of(kind: JobKind): Watched {
    const watched = this.watched.get(kind) ?? { listeners: new Map(), due: new Set() };
    this.watched.set(kind, watched);
    return watched;
  }

  private lookSoon(kind: JobKind, ids: Iterable<string>): void {
    const { due } = this.of(kind);
    const scheduled = due.size > 0;
    for (const id of ids) due.add(id);
    if (!scheduled && due.size > 0) setImmediate(() => void this.look(kind));
  }

  private async look(kind: JobKind): Promise<void> {
    const { due, listeners } = this.of(kind);
    const ids = [...due];
    due.clear();
    try {
      const progress = kind.progress === null ? 'NULL::float8' : `${kind.progress}::float8`;
      const rows: Row[] = await this.dataSource.query(
        `SELECT id, state, attempt, ${progress} AS progress FROM ${kind.table} WHERE id = ANY ($1)`,
        [ids],
      );
      const found = new Map(rows.map((row) => [row.id, row]));
      for (const id of ids) {
        const row = found.get(id);
        tell(listeners, row === undefined ? gone(id) : { ...row, isOver: isOver(kind, row.state) });
      }
    } catch (error) {
      this.logger.warn(`${kind.name} could not be looked at: ${(error as Error).message}`);
    }
  }
}

function tell(listeners: Watched['listeners'], seen: JobSighting): void {
  listeners.get(seen.id)?.forEach((listener) => listener(seen));
}

function gone(id: string): JobSighting {
  return { id, state: null, isOver: true, attempt: 0 };
}
