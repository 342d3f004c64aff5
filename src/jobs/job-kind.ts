import type { Failure } from '../core/failure.js';

/**
 * Where the table of a kind keeps its jobs, and by what rules they are worked on. The same for every process, whatever
 * its role.
 */
export interface JobKind {
  /** The name of the queue, and of the jobs in the log: a plural. */
  readonly name: string;
  /** One job in messages, and the first part of the marker of its queries: letters only. */
  readonly noun: string;
  /**
   * Its rows are jobs. It has the columns `id`, `state`, `attempt`, `handed_back`, `leased_until`, `engine_lost_at`,
   * `started_at`, `finished_at` and `error`.
   */
  readonly table: string;
  /** What the table calls the states of a job. */
  readonly states: JobStates;
  /** The column of the time since when a queued job waits. */
  readonly queuedAt: string;
  /** The column that grows while an attempt goes on, reported to those who watch it; null: there is none. */
  readonly progress: string | null;
  /** The column by which queued jobs are ordered, the lowest first; null: in the order in which they came. */
  readonly rank: string | null;
  /** The column that counts how often the work of a row was requested; null: it is requested once. */
  readonly generation: string | null;
  /** SQL of the attempt whose result the row holds; null where it holds none. */
  readonly resultAttempt: string;
  /** Whether its rows belong to a property, without which no job begins. */
  readonly ofProperty: boolean;
  /**
   * How often a job may be started before it fails, and whether it fails where the engine stays away for too long;
   * `unlimited`: it goes on until it is done.
   */
  readonly patience: 'three_attempts' | 'unlimited';
  /** Whether its jobs wait while the disk is full. */
  readonly needsRoom: boolean;
}

/** Every kind that the program knows; the composition root names them. */
export class JobKinds {
  constructor(readonly all: readonly JobKind[]) {}
}

export interface JobStates {
  /** Before a job is queued. */
  readonly preparing?: string;
  readonly queued: string;
  readonly running: string;
  readonly succeeded: string;
  readonly failed: string;
  /** Of a kind whose jobs can be cancelled and stay. */
  readonly cancelled?: string;
}

/** A kind whose jobs can be cancelled. */
export type CancellableKind = JobKind & { readonly states: { readonly cancelled: string } };

/** The instant at which a statement begins, by the database's clock, as SQL; JavaScript's dates end at milliseconds. */
export const NOW = `date_trunc('milliseconds', statement_timestamp())`;

/** What most tables call the states. */
export const USUAL_STATES = {
  queued: 'queued',
  running: 'running',
  succeeded: 'succeeded',
  failed: 'failed',
  cancelled: 'cancelled',
} as const;

/** The attempt whose result a row holds, where a row has one result at the most. */
export const ATTEMPT_OF_SUCCESS = `CASE WHEN state = 'succeeded' THEN attempt END`;

/**
 * Starts that count of a job whose patience ends; those handed back at a shutdown, or as the engine was away, do not.
 */
export const MAX_ATTEMPTS = 3;

/** One attempt at a job: its token in all that is written for it. */
export interface JobTarget {
  readonly id: string;
  readonly attempt: number;
}

/** By which the queries of an attempt are found in the engine. */
export function jobMarker({ noun }: JobKind, { id, attempt }: JobTarget): string {
  return `${noun}:${id}:${attempt}`;
}

/** Whether the state is one of which nothing follows by itself. */
export function isOver({ states }: JobKind, state: string): boolean {
  return state !== states.preparing && state !== states.queued && state !== states.running;
}

/** Why a job failed, as its row tells it. */
export interface JobError {
  readonly code: string;
  readonly detail: string;
  readonly retryable: boolean;
}

export function jobError({ code, detail, retryable }: Failure): JobError {
  return { code, detail, retryable };
}

/** The values of columns, by the names that the table has for them. JSON is text. */
export type Columns = Readonly<Record<string, unknown>>;

/** A job that this process has just started; `row` has the columns that its handler named. */
export interface ClaimedJob<Row> extends JobTarget {
  /** Starts that count, this one included. */
  readonly countedAttempts: number;
  readonly queuedAt: Date;
  readonly startedAt: Date;
  readonly row: Row;
}

/** A job whose attempts are used up. */
export type GivenUpJob<Row> = Pick<ClaimedJob<Row>, 'id' | 'attempt' | 'row'>;

export interface ClaimLimit {
  readonly per: string;
  readonly jobs: number;
}

/** How a handler's jobs are started. All of it is SQL over the table of the kind, which is called `job` there. */
export interface ClaimTerms {
  /** Columns of which the handler wants to know. */
  readonly returning: readonly string[];
  /** Columns that a start sets, beside those of the lifecycle. */
  readonly set?: string;
  /** The most jobs under way of one value of a column. */
  readonly limits?: readonly ClaimLimit[];
}

/** How the queries of an attempt are found in the engine, and stopped. */
export interface JobQuery {
  readonly marker: string;
  /** Aborts when the process ends, and when the job is cancelled, gone, or another attempt's. */
  readonly signal: AbortSignal;
}

/** What a handler works with. */
export interface JobContext {
  readonly target: JobTarget;
  readonly query: JobQuery;
  /** Writes to the row. @throws Superseded where it is not this attempt's any more */
  save(columns: Columns): Promise<void>;
  /** Writes how far the attempt is; false: the row is not this attempt's any more. */
  report(columns: Columns): Promise<boolean>;
}

/** What has to hold when a result is written. */
export interface ResultCondition {
  /** SQL whose parameters stand behind the first `given`. */
  sql(given: number): string;
  readonly values: readonly unknown[];
  /** Whether it does not hold now: the job starts over. */
  isBroken(): Promise<boolean>;
}

/** What a job has come to. */
export interface JobResult {
  /** Written with the state. */
  readonly columns: Columns;
  /** The result is written only where this holds at that moment. */
  readonly condition?: ResultCondition;
  /** Called when that is written: the result is this attempt's. */
  readonly whenSaved?: () => Promise<void> | void;
}

/** How an attempt ended that has no result. */
export interface JobFailure {
  readonly state: 'failed' | 'retried';
  readonly code: string;
  readonly cause: unknown;
}

/** Works on the jobs of one kind. */
export interface JobHandler<Row> {
  readonly kind: JobKind;
  /** Jobs that one process works on at once. */
  readonly concurrency: number;
  readonly claim: ClaimTerms;
  /**
   * Does the work of one attempt.
   * @throws StartOver, Superseded; any other error ends the attempt by what it is, as the kind has patience
   */
  execute(job: ClaimedJob<Row>, context: JobContext): Promise<JobResult>;
  /** Removes what an attempt has left that came to nothing. */
  undo?(target: JobTarget, row: Row): Promise<void>;
  /** Told of every attempt that failed. */
  failed?(job: ClaimedJob<Row>, failure: JobFailure): void;
  /** Told of a job that has used up its attempts. */
  givenUp?(job: GivenUpJob<Row>): void;
  /** After each attempt and each job given up, whatever came of it. */
  released?(row: Row): Promise<void>;
}

/** What was worked by is not there any more: the job begins anew, at no cost of an attempt. */
export class StartOver extends Error {}

/** The job is cancelled, gone, or another attempt's. */
export class Superseded extends Error {}
