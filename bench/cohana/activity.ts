import { inChunks, numbers } from '../generate-events.js';

/** One player of the generated game. */
export interface Player {
  readonly id: string;
  readonly country: string;
  readonly role: string;
  /** The first event of the player is `launch`. */
  readonly launchedMs: number;
  readonly events: number;
}

/** Events of a player at scale 1: 3,000,000 of 57,077 players, as the published table has them a tenth as dense. */
const EVENTS_PER_PLAYER = 3_000_000 / 57_077;
const FIRST_DAY_MS = Date.UTC(2013, 4, 19);
const LAUNCH_DAYS = 38;
const DAY_MS = 86_400_000;
/** Nobody plays on for longer. */
const LAST_AGE_DAYS = 45;
const COUNTRIES = [
  'China',
  'Japan',
  'United States',
  'Korea',
  'Australia',
  'Germany',
  'France',
  'Brazil',
  'India',
  'UK',
];
const ROLES = ['dwarf', 'wizard', 'assassin', 'bandit'];
const OTHER_ACTIONS = [
  'fight',
  'quest',
  'achieve',
  'chat',
  'craft',
  'trade',
  'travel',
  'train',
  'upgrade',
  'loot',
  'guild',
  'mail',
  'rest',
  'logout',
];

/** Players of a table of about `events` events; few countries have most of them. */
export function generatePlayers(events: number, seed = 1): Player[] {
  const random = numbers(seed);
  return Array.from({ length: Math.max(1, Math.round(events / EVENTS_PER_PLAYER)) }, (_, i) => ({
    id: `player-${String(i).padStart(8, '0')}`,
    country: COUNTRIES[Math.floor(random() ** 2 * COUNTRIES.length)] ?? '',
    role: ROLES[Math.floor(random() * ROLES.length)] ?? '',
    launchedMs: FIRST_DAY_MS + Math.floor(random() * LAUNCH_DAYS * DAY_MS),
    // Most players leave early, some play a great deal.
    events: Math.max(1, Math.round(-Math.log(1 - random()) * EVENTS_PER_PLAYER)),
  }));
}

/**
 * NDJSON of the events of these players, as `POST /events` takes them, in chunks of about 1 MB. `gold` is spent in a
 * `shop`.
 */
export function generateActivity(players: readonly Player[], seed = 2): Generator<Buffer> {
  return inChunks(activityLines(players, seed));
}

function* activityLines(players: readonly Player[], seed: number): Generator<string> {
  const random = numbers(seed);
  let id = 0;
  for (const { id: user, launchedMs, events } of players) {
    for (let i = 0; i < events; i++) {
      const action = i === 0 ? 'launch' : actionOf(random());
      // Ages are skewed to the first days, as retention falls.
      const time = i === 0 ? launchedMs : launchedMs + Math.floor(random() ** 3 * LAST_AGE_DAYS * DAY_MS);
      const gold = action === 'shop' ? { gold: 1 + Math.floor(random() * 500) } : {};
      const event = { id: String(id++), user, event: action, time: new Date(time).toISOString(), properties: gold };
      yield `${JSON.stringify(event)}\n`;
    }
  }
}

/** A launch and a shop are each one event in ten. */
function actionOf(at: number): string {
  if (at < 0.1) return 'launch';
  if (at < 0.2) return 'shop';
  return OTHER_ACTIONS[Math.floor(((at - 0.2) / 0.8) * OTHER_ACTIONS.length)] ?? '';
}
