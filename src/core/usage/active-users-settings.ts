import { movesWithAsOf } from '../event/time-bound.js';
import type { EventSelector, TraitFilter } from '../event/filter.js';
import { parseEventNames, parseSelector, parseTraitFilter } from '../event/parse-filter.js';
import { Failure, invalid, pointerTo } from '../failure.js';
import { isGiven, isObject, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { parseTogether, Problems } from '../problems.js';
import { parseText } from '../text.js';
import { formatDuration, parseDuration } from '../time/duration.js';

/** Sessions of users: they are open from an event of `from` to one of `to`, and at most so long. */
export interface PresenceSettings {
  readonly from: readonly string[];
  readonly to: readonly string[];
  /** The property of events that names a session; null: a user has one. */
  readonly session: string | null;
  /** Ends a session that has seen no event for so long; an ISO 8601 duration. */
  readonly max: string;
}

/** What a property calls active users, in canonical form: parsed again it gives itself. Durations are ISO 8601. */
export interface ActiveUsersSettings {
  readonly activity: EventSelector;
  /** Ascending and distinct. */
  readonly windows: readonly string[];
  readonly presence: PresenceSettings | null;
  readonly exclude: TraitFilter | null;
  readonly every: string;
}

/** Of a property that was given none. */
export const DEFAULT_ACTIVE_USERS: ActiveUsersSettings = {
  activity: { event: null, where: null },
  windows: ['P1D', 'P7D', 'P30D'],
  presence: null,
  exclude: null,
  every: 'PT1H',
};

export const MAX_WINDOWS = 10;
const MAX_PRESENCE = 'P7D';
const EVERY_MS = { least: 60_000, most: 7 * 86_400_000 };

/**
 * The settings that a body gives; a field that is null or absent has its default. 422: `invalid_field`, `unknown_field`,
 * `invalid_time`, `invalid_filter`, `limit_exceeded`, each with a pointer.
 */
export function parseActiveUsersSettings(body: unknown): ActiveUsersSettings {
  if (!isObject(body)) {
    throw invalid('invalid_field', '', `The body is an object such as {"windows": ["P1D"]}, not ${quoted(body)}.`);
  }
  const { activity, windows, presence, exclude, every } = body;
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(body, Object.keys(DEFAULT_ACTIVE_USERS), '', 'The body'));
  return problems.all({
    activity: problems.attempt(() => parseActivity(activity)),
    windows: problems.attempt(() => parseWindows(windows)),
    presence: problems.attempt(() => (isGiven(presence) ? parsePresence(presence) : null)),
    exclude: problems.attempt(() =>
      isGiven(exclude) ? timeless(parseTraitFilter(exclude, '/exclude'), '/exclude') : null,
    ),
    every: problems.attempt(() => parseEvery(every)),
  });
}

function parseActivity(value: unknown): EventSelector {
  if (!isGiven(value)) return DEFAULT_ACTIVE_USERS.activity;
  const { event, where } = fields(value, ['event', 'where'], '/activity', '{"event": ["login"], "where": null}');
  const selector = parseSelector(event, where, '/activity');
  if (selector.where !== null) timeless(selector.where, '/activity/where');
  return selector;
}

function parseWindows(value: unknown): readonly string[] {
  if (!isGiven(value)) return DEFAULT_ACTIVE_USERS.windows;
  if (!Array.isArray(value) || value.length === 0) {
    const detail = `\`windows\` is a list of durations such as ["P1D", "P7D", "P30D"], not ${quoted(value)}.`;
    throw invalid('invalid_field', '/windows', detail);
  }
  if (value.length > MAX_WINDOWS) {
    const detail = `At most ${MAX_WINDOWS} windows.`;
    const extra = { limit: 'windows', value: MAX_WINDOWS };
    throw new Failure('limit_exceeded', detail, [{ pointer: '/windows', detail }], extra);
  }
  const problems = new Problems();
  const lengths = problems.takeEach(value, (one: unknown, i) => parseLength(one, pointerTo('/windows', i)));
  problems.throwIfAny();
  return [...new Set(lengths)].sort((a, b) => a - b).map(formatDuration);
}

function parsePresence(value: unknown): PresenceSettings {
  const right = '{"from": "login", "to": "logout", "session": "resource", "max": "P7D"}';
  const { from, to, session, max } = fields(value, ['from', 'to', 'session', 'max'], '/presence', right);
  const presence = parseTogether({
    from: () => parseNames(from, 'from'),
    to: () => parseNames(to, 'to'),
    session: () =>
      isGiven(session) ? parseText(session, { min: 1, max: 200 }, '/presence/session', 'The name of a property') : null,
    max: () => formatDuration(parseLength(isGiven(max) ? max : MAX_PRESENCE, '/presence/max')),
  });
  const both = presence.from.find((name) => presence.to.includes(name));
  if (both === undefined) return presence;
  throw invalid(
    'invalid_field',
    '/presence/to',
    `${quoted(both)} is in \`from\` too: an event begins a session or ends it.`,
  );
}

function parseNames(value: unknown, field: 'from' | 'to'): readonly string[] {
  const pointer = pointerTo('/presence', field);
  if (!isGiven(value))
    throw invalid('invalid_field', pointer, `Give the event that \`${field}\` names, or a list of them.`);
  return parseEventNames(value, pointer);
}

function parseEvery(value: unknown): string {
  const ms = isGiven(value) ? parseDuration(value, '/every') : parseDuration(DEFAULT_ACTIVE_USERS.every, '');
  if (ms >= EVERY_MS.least && ms <= EVERY_MS.most) return formatDuration(ms);
  const [least, most] = [formatDuration(EVERY_MS.least), formatDuration(EVERY_MS.most)];
  throw invalid('invalid_time', '/every', `\`every\` is from ${least} to ${most}.`);
}

function parseLength(value: unknown, pointer: string): number {
  const ms = parseDuration(value, pointer);
  if (ms === 0) throw invalid('invalid_time', pointer, 'It must be longer than PT0S.');
  return ms;
}

function fields(value: unknown, known: readonly string[], pointer: string, right: string): JsonObject {
  if (!isObject(value)) throw invalid('invalid_field', pointer, `Give ${right}, not ${quoted(value)}.`);
  refuseUnknownKeys(value, known, pointer, `\`${pointer.slice(1)}\``);
  return value;
}

/** A figure of the past would depend on when it is asked for. */
function timeless<F extends Parameters<typeof movesWithAsOf>[0]>(filter: F, pointer: string): F {
  if (!movesWithAsOf(filter)) return filter;
  const detail = 'Compare with a date or an instant: {"last": duration} would mean another time for every figure.';
  throw invalid('invalid_filter', pointer, detail);
}
