import type { ActiveUsersFigures } from '../../../src/core/usage/active-users-figures.js';
import type { ActiveUsersPlan, PlannedPresence } from '../../../src/core/usage/active-users-plan.js';
import { formatDuration } from '../../../src/core/time/duration.js';
import { currentTraits, passesTraits } from './oracle-traits.js';
import { registration, visibleEvents } from './oracle.js';
import { PLANNED_TIMES, selects } from './passes.js';
import type { SentEvent, World } from './world.js';

/** What docs/semantics.md#active-users says, word by word, over plain arrays: the figures at one instant. */
export function activeUsersAt(world: World, plan: ActiveUsersPlan, atMs: number): ActiveUsersFigures {
  const { dataVersion, excludes, presence, windowsMs } = plan;
  const events = visibleEvents(world, { dataVersion, asOfMs: atMs + 1 });
  const changes = world.changes.filter(({ seq }) => seq <= dataVersion);
  const upserted = new Set(changes.map(({ user }) => user));
  const acting = new Set(events.map(({ user }) => user));
  const known = [...new Set([...upserted, ...acting])].filter(
    (user) => acting.has(user) || (registration(user, changes) ?? -Infinity) <= atMs,
  );
  const isOut = (user: string): boolean =>
    excludes !== null && passesTraits(excludes, currentTraits(user, changes), PLANNED_TIMES);
  const users = known.filter((user) => !isOut(user));
  const own = users.map((user) => {
    const ofUser = events.filter((event) => event.user === user);
    return {
      acts: ofUser.filter((event) => selects(plan.activity, event, PLANNED_TIMES)).map(({ timeMs }) => timeMs),
      ...(presence === null ? { open: 0, ended: 0 } : sessionsAt(ofUser, presence, atMs)),
    };
  });
  return {
    windows: windowsMs.map((length) => ({
      window: formatDuration(length),
      users: own.filter(({ acts, open }) => open > 0 || acts.some((ms) => atMs - length < ms)).length,
      new: own.filter(({ acts }) => acts.length > 0 && atMs - length < Math.min(...acts)).length,
    })),
    connected: presence && own.filter(({ open }) => open > 0).length,
    ended_by_max: presence && own.reduce((sum, { ended }) => sum + ended, 0),
    known_users: users.length,
    excluded_users: known.length - users.length,
  };
}

/** The sessions of a user that are open, and those without an end that are older than `max`. */
function sessionsAt(events: readonly SentEvent[], { from, to, session, maxMs }: PlannedPresence, atMs: number) {
  const latest = new Map<string, { readonly ms: number; readonly isEnd: boolean }>();
  for (const { name, timeMs: ms, properties } of events) {
    if (!from.includes(name) && !to.includes(name)) continue;
    const isEnd = to.includes(name);
    const value = session !== null && Object.hasOwn(properties, session) ? properties[session] : undefined;
    const key = `${typeof value} ${value}`;
    const other = latest.get(key);
    if (other === undefined || ms > other.ms || (ms === other.ms && isEnd)) latest.set(key, { ms, isEnd });
  }
  const begun = [...latest.values()].filter(({ isEnd }) => !isEnd);
  const open = begun.filter(({ ms }) => atMs - ms < maxMs).length;
  return { open, ended: begun.length - open };
}
