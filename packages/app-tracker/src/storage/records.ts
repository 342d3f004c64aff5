/** The four forms of what is tracked. */
export type Kind = 'statistic' | 'state' | 'timer' | 'sequence';

/** A statistic's total, a timer's seconds, a sequence's completions, a state's text; null: no state. */
export type Value = number | string | null;

/** A change as it is kept for its user: when (UTC milliseconds), and the value after it. */
export type Row = readonly [at: number, value: Value];

/** What a change makes of a trackable, before it has its number and time. */
export interface ChangeDraft {
  readonly kind: Kind;
  readonly name: string;
  /** After the change. */
  readonly value: Value;
  /** How often it has changed, after the change. */
  readonly changes: number;
  /** By how much a statistic has changed, or the seconds that a timer has measured. */
  readonly by?: number;
  /** The state before; absent: there was none, or it is no state. */
  readonly previous?: string;
  /** The checkpoints in the window of a sequence, after the change. */
  readonly reached?: readonly string[];
  /** The checkpoint that was reached, and its place in the list, from 1. */
  readonly checkpoint?: string;
  readonly position?: number;
  /** All checkpoints of a sequence that is completed by this change. */
  readonly completed?: readonly string[];
  /** Numbers of completions before, in order, that were merged with this one: each is an event of its own. */
  readonly completedAt?: readonly number[];
}

/** A change. Numbers grow by one; `at` is the clock of the machine, UTC milliseconds. */
export interface Change extends ChangeDraft {
  readonly n: number;
  readonly at: number;
}

/** What is known of a trackable without its changes. */
export interface Declaration {
  readonly kind: Kind;
  readonly name: string;
  readonly description: string;
  /** Of a sequence. */
  readonly checkpoints?: readonly string[];
}

/** All that is kept of a trackable. */
export interface Figure extends Declaration {
  readonly value: Value;
  readonly changes: number;
  readonly reached: readonly string[];
  /** The newest changes, the oldest first; grows in place, as it is long. */
  readonly history: Row[];
}

/** Changes from number `from` on were made by this version of the application, in this run of it. */
export interface Run {
  readonly from: number;
  readonly id: string;
  readonly application: string;
  readonly version: string;
}

/**
 * Changes up to a number as they are sent: with the same times at each attempt, as these are a part of what makes an
 * event the same. Times of the server, UTC milliseconds.
 */
export interface Sending {
  readonly to: number;
  /** The clock of the server when the attempt was begun, and by how much this machine's is behind it. */
  readonly now: number;
  readonly shift: number;
  /** No event is earlier: the time of the last event of the attempt before. */
  readonly after: number;
}

/** The first record of a file. */
export interface Header {
  readonly version: 1;
  /** Of this folder: begins ids of events, and stands for the visitor. */
  readonly installation: string;
  /** Null: nobody was named. */
  readonly user: string | null;
  /** When the folder was begun, UTC milliseconds. */
  readonly created: number;
}

/** What uploads have come to. */
export interface Progress {
  /** The number of the last change that the server has taken. */
  readonly accepted: number;
  /** When that was by the clock of the machine; null: never. */
  readonly at: number | null;
  /** The time of the last event that was sent, by the clock of the server. */
  readonly lastTime: number;
  /** Uploads that were accepted. */
  readonly submissions: number;
}

/** A line of the file. */
export type LogRecord =
  | { readonly header: Header }
  | { readonly run: Run }
  | { readonly declared: Declaration }
  | { readonly figure: Figure }
  | { readonly change: Change }
  | { readonly sending: Sending | null }
  | { readonly progress: Progress }
  | { readonly enabled: boolean };
