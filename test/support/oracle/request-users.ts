import type { UndefinedReason } from '../../../src/core/metric/metric.js';
import type { Filter, PropertyValue } from '../../../src/core/event/filter.js';
import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import { registration, visibleEvents } from './oracle.js';
import { passes, selects, writtenTimes } from './passes.js';
import type { SentEvent, UserChange, World } from './world.js';

/** What is looked at: rows up to a data version, and of time what lies before as_of. */
export interface Moment {
  readonly dataVersion: number;
  readonly asOfMs: number;
}

/** Of one user of the cohort all that a request may ask about. */
export interface OracleUser {
  readonly user: string;
  readonly events: readonly SentEvent[];
  readonly birthMs: number | null;
  readonly traits: Readonly<Record<string, PropertyValue>>;
  /** Why the user has no window at all; null: there is one. */
  readonly reason: UndefinedReason | null;
}

export interface Scene {
  readonly users: readonly OracleUser[];
  /** Of everybody, in the cohort or not. */
  readonly events: readonly SentEvent[];
}

/** The cohort, in the order of the bytes of its ids, and what was seen of it at that moment. */
export function sceneOf(world: World, request: CanonicalRequest, moment: Moment): Scene {
  const events = visibleEvents(world, moment);
  const changes = world.changes.filter(({ seq }) => seq <= moment.dataVersion);
  const ids = 'all' in request.cohort ? everybody(events, changes, moment.asOfMs) : world.members;
  const sorted = [...new Set(ids)].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  return {
    events,
    users: sorted.map((user) => userOf(user, request, events, changes, timesIn(request, moment.asOfMs))),
  };
}

type WrittenTimes = ReturnType<typeof timesIn>;

/** What times mean in the filters of a request. */
export function timesIn({ time_zone: timeZone }: CanonicalRequest, asOfMs: number): ReturnType<typeof writtenTimes> {
  return writtenTimes({ asOfMs, timeZone });
}

function everybody(events: readonly SentEvent[], changes: readonly UserChange[], asOfMs: number): string[] {
  const known = [...events, ...changes].map(({ user }) => user);
  return known.filter((user) => (registration(user, changes) ?? -Infinity) < asOfMs);
}

function userOf(
  user: string,
  request: CanonicalRequest,
  allEvents: readonly SentEvent[],
  allChanges: readonly UserChange[],
  times: WrittenTimes,
): OracleUser {
  const events = allEvents.filter((event) => event.user === user);
  const changes = allChanges.filter((change) => change.user === user);
  const birthMs = birthOf(user, request, events, changes, times);
  const traits = traitsOf(changes);
  const isKnown = events.length > 0 || changes.length > 0;
  return { user, events, birthMs, traits, reason: reasonOf(request, isKnown, traits, birthMs, times) };
}

function birthOf(
  user: string,
  { birth }: CanonicalRequest,
  events: readonly SentEvent[],
  changes: readonly UserChange[],
  times: WrittenTimes,
): number | null {
  if (birth === null) return null;
  if (birth.kind === 'registration') return registration(user, changes);
  const births = events.filter((event) => selects(birth, event, times)).map(({ timeMs }) => timeMs);
  return births.length === 0 ? null : Math.min(...births);
}

/** Key by key the last one given. */
function traitsOf(changes: readonly UserChange[]): Record<string, PropertyValue> {
  const traits = new Map<string, PropertyValue>();
  for (const change of changes.toSorted((a, b) => a.seq - b.seq || a.position - b.position)) {
    for (const [name, value] of Object.entries(change.traits ?? {})) {
      if (value === null) traits.delete(name);
      else traits.set(name, value);
    }
  }
  return Object.fromEntries(traits);
}

/** The first that holds, of those that do not ask about the window. */
function reasonOf(
  { metric, params, window, birth }: CanonicalRequest,
  isKnown: boolean,
  traits: OracleUser['traits'],
  birthMs: number | null,
  times: WrittenTimes,
): UndefinedReason | null {
  if (!isKnown) return 'unknown_user';
  if (params['exclude'] && passesTraits(params['exclude'], traits, times)) return 'excluded';
  if (birth === null || isWithoutBirth(metric, params)) return null;
  if (birthMs === null) return 'no_birth';
  const { from, to } = window?.births ?? { from: null, to: null };
  if (from !== null && birthMs < Date.parse(from)) return 'out_of_range';
  if (to !== null && birthMs >= Date.parse(to)) return 'out_of_range';
  return null;
}

/** Who is active at all, is so without a birth. */
function isWithoutBirth(metric: string, params: CanonicalRequest['params']): boolean {
  return metric === 'rolling_active' && params['kind'] === 'active';
}

/** A filter on traits means on them what one on properties means on those. */
function passesTraits(filter: unknown, traits: OracleUser['traits'], times: WrittenTimes): boolean {
  const text = JSON.stringify(filter, (_key, value: unknown) => {
    if (typeof value !== 'object' || value === null || !('trait' in value)) return value;
    const { trait, ...test } = value;
    return Object.assign(test, { property: trait });
  });
  return passes(JSON.parse(text) as Filter, traits, times);
}
