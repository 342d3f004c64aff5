import type { Change, Sending } from '../storage/records.js';
import type { PendingChange } from '../storage/tracked.js';
import { joinedCheckpoints } from '../trackables/sequence.js';

const DAY_MS = 86_400_000;
/** The server takes 7 days back. A day less: what got no answer can be sent again for a day as it was. */
export const OLDEST_MS = 6 * DAY_MS;
/** An event that is moved by more says when its change was. */
const MOVED_MS = 1_000;
/** Numbers as long sort as texts. */
const DIGITS = 12;

type Properties = Readonly<Record<string, string | number>>;

/** An event as `POST /v1/collect` takes it. */
export interface CollectedEvent {
  readonly event: string;
  readonly time: string;
  readonly id: string;
  readonly visitor: string;
  readonly session: string;
  readonly user?: string;
  readonly properties: Properties;
}

/** Whose changes they are. */
export interface Sender {
  readonly installation: string;
  readonly user: string | null;
}

/** Events of changes, and the time of the last. */
export interface Composed {
  readonly events: readonly CollectedEvent[];
  readonly lastTime: number;
}

/**
 * The events of changes: equal arguments give equal events, so that a resend counts once. Their times are those of the
 * changes by the clock of the server, but within what it takes: not before `OLDEST_MS`, not after now, and never before
 * the event before, so that the last value is the last.
 */
export function composeEvents(changes: readonly PendingChange[], sending: Sending, sender: Sender): Composed {
  const { now, shift } = sending;
  let lastTime = sending.after;
  const events: CollectedEvent[] = [];
  for (const { change, run } of changes) {
    const made = change.at + shift;
    const time = Math.max(lastTime, Math.min(Math.max(made, now - OLDEST_MS), now));
    const occurred: Properties = Math.abs(time - made) > MOVED_MS ? { $occurred_at: new Date(made).toISOString() } : {};
    for (const [event, n, properties] of eventsOf(change)) {
      lastTime = time;
      events.push({
        event,
        time: new Date(time).toISOString(),
        id: `${sender.installation}-${String(n).padStart(DIGITS, '0')}`,
        visitor: sender.installation,
        session: run.id,
        ...(sender.user !== null && { user: sender.user }),
        properties: { name: change.name, ...properties, ...occurred },
      });
    }
  }
  return { events, lastTime };
}

/** The names, numbers and properties of the events of a change; none: it is of the user alone. */
function eventsOf(change: Change): [event: string, n: number, properties: Properties][] {
  const { kind, n, value, by = 0, previous, checkpoint, position = 0 } = change;
  if (kind === 'statistic') return [['$statistic', n, { value: Number(value), change: by }]];
  if (kind === 'timer') return [['$timer', n, { seconds: by, total: Number(value) }]];
  if (kind === 'state')
    return [['$state', n, { state: String(value ?? ''), ...(previous !== undefined && { previous }) }]];
  return checkpoint === undefined ? [] : [['$checkpoint', n, { checkpoint, position }], ...completionsOf(change)];
}

/** An event for each completion, the oldest first. */
function completionsOf({ n, value, completed, completedAt = [] }: Change): [string, number, Properties][] {
  if (completed === undefined) return [];
  const [checkpoints, numbers] = [joinedCheckpoints(completed), [...completedAt, n]];
  return numbers.map((one, i) => [
    '$sequence',
    one,
    { checkpoints, completions: Number(value) - (numbers.length - 1 - i) },
  ]);
}
