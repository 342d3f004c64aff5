/** What an application tells of its users in one of four forms, each under a name. */
export const TRACKABLE_TYPES = ['statistic', 'state', 'timer', 'sequence'] as const;
export type TrackableType = (typeof TRACKABLE_TYPES)[number];

/** How the events of a type hold what is tracked. */
export interface TrackableForm {
  readonly event: string;
  /** The property with the value from now on: a running total of the user and application, or a state. */
  readonly value: string;
  /** The property with what has come to it since the event before. */
  readonly added: string | null;
}

export const TRACKABLE_FORMS: Readonly<Record<TrackableType, TrackableForm>> = {
  statistic: { event: '$statistic', value: 'value', added: 'change' },
  state: { event: '$state', value: 'state', added: null },
  timer: { event: '$timer', value: 'total', added: 'seconds' },
  sequence: { event: '$sequence', value: 'completions', added: null },
};

/** Beside its own event: a sequence that nobody has completed is tracked, too. */
export const CHECKPOINT_EVENT = '$checkpoint';

/** Properties of these events. */
export const TRACKABLE_NAME = 'name';
export const APPLICATION = '$application';
export const VERSION = '$version';
/** The trait by which a user is told. */
export const ALIAS = 'alias';

/** Whose figures: everybody's, of users without an alias, or of those with one. */
export const ALIAS_CHOICES = ['include', 'exclude', 'only'] as const;
export type AliasChoice = (typeof ALIAS_CHOICES)[number];

/** What the figures of a trackable are divided by. */
export const TRACKABLE_GROUPS = ['application', 'version', 'user', 'state'] as const;
export type TrackableGroup = (typeof TRACKABLE_GROUPS)[number];

/** Which trackable, and whose. */
export interface TrackableQuestion {
  readonly type: TrackableType;
  readonly name: string;
  /** Null: of all applications. */
  readonly application: string | null;
  readonly aliases: AliasChoice;
}
