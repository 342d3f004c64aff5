import type { TraitFilter } from '../event/filter.js';
import { resolveSelector, resolveTraitFilter, type PlannedSelector, type TimeBound } from '../event/time-bound.js';
import { parseDuration } from '../time/duration.js';
import type { ActiveUsersSettings } from './active-users-settings.js';

export interface PlannedPresence {
  readonly from: readonly string[];
  readonly to: readonly string[];
  readonly session: string | null;
  readonly maxMs: number;
}

/** Everything that active users at some instants need to be compiled to SQL. Equal plans give equal SQL. */
export interface ActiveUsersPlan {
  /** Number of the property in the engine's tables. */
  readonly propertyNumber: number;
  /** Rows with a higher ingest sequence are not read. */
  readonly dataVersion: number;
  readonly activity: PlannedSelector;
  readonly windowsMs: readonly number[];
  readonly presence: PlannedPresence | null;
  /** Users with these traits are in no figure but that of the excluded. */
  readonly excludes: TraitFilter<TimeBound> | null;
  /** UTC milliseconds of the instants T, ascending and distinct, at least one. */
  readonly instants: readonly number[];
}

/** Where the figures are read: whose, up to which data, and whose days dates in filters are. */
export interface ActiveUsersScope {
  readonly propertyNumber: number;
  readonly dataVersion: number;
  readonly timeZone: string;
}

/** The plan of figures at `instants`; takes settings in canonical form. */
export function planActiveUsers(
  { activity, windows, presence, exclude }: ActiveUsersSettings,
  { propertyNumber, dataVersion, timeZone }: ActiveUsersScope,
  instants: readonly number[],
): ActiveUsersPlan {
  // No filter of the settings counts back from an instant.
  const clock = { asOfMs: 0, timeZone };
  return {
    propertyNumber,
    dataVersion,
    activity: resolveSelector(activity, clock),
    windowsMs: windows.map((window) => parseDuration(window, '')),
    presence: presence && {
      from: presence.from,
      to: presence.to,
      session: presence.session,
      maxMs: parseDuration(presence.max, ''),
    },
    excludes: exclude && resolveTraitFilter(exclude, clock),
    instants,
  };
}
