import { isDeepStrictEqual } from 'node:util';
import { planActiveUsers } from '../src/core/usage/active-users-plan.js';
import { parseActiveUsersSettings } from '../src/core/usage/active-users-settings.js';
import type { CompiledQuery } from '../src/sql/compiled-query.js';
import { compileActiveUsers, type PlaceCounts } from '../src/sql/usage/compile-active-users.js';
import { readActiveUsers } from '../src/sql/usage/read-active-users.js';
import type { Engine } from '../src/stores/clickhouse/engine.js';
import { withEngineWorld } from './engine-world.js';
import { median } from './figures.js';

/**
 * Active users of three windows, at one instant and at the end of each day of a year, beside queries written by hand
 * that mean the same of these events, in turn: milliseconds, the median of `ROUNDS`. The answers are compared before the
 * times. The hand knows that every user has events, that nobody is excluded, and that windows are whole slices.
 */
const EVENTS = Number(process.env['MUSTER_BENCH_EVENTS'] ?? 30_000_000);
const ROUNDS = Number(process.env['MUSTER_BENCH_ROUNDS'] ?? 5);
const USERS = Math.max(1, Math.round(EVENTS / 60));
const DAYS = 366;
const DAY_MS = 86_400_000;
const FIRST_MS = Date.UTC(2024, 0, 2);
const YEAR = Array.from({ length: DAYS }, (_, i) => FIRST_MS + i * DAY_MS);
const NOW_MS = Date.UTC(2024, 10, 15, 12);

const SEEN = 'FROM events PREWHERE property = 1 AND seq <= 2';
const SETTINGS = 'SETTINGS max_bytes_before_external_group_by = 400000000';
const OF_WINDOWS = [1, 7, 30];

/** A way to ask, and how its row is read as the users of each window, and the new ones, at each instant. */
interface Way extends Partial<CompiledQuery> {
  readonly name: string;
  readonly sql: string;
  read(row: Row): Counts;
}

type Row = Readonly<Record<string, readonly number[]>>;
type Counts = readonly (readonly (readonly [users: number, isNew: number])[])[];

const LAST_AND_FIRST: Way = {
  name: 'last and first time of each user',
  sql: `SELECT [${OF_WINDOWS.map((days) => `countIf(last > ${NOW_MS} - ${days * DAY_MS})`).join(', ')}] AS users,
    [${OF_WINDOWS.map((days) => `countIf(first > ${NOW_MS} - ${days * DAY_MS})`).join(', ')}] AS fresh
    FROM (SELECT user_id, max(toUnixTimestamp64Milli(time)) AS last, min(toUnixTimestamp64Milli(time)) AS first
      ${SEEN} AND time <= fromUnixTimestamp64Milli(${NOW_MS}) GROUP BY user_id) ${SETTINGS}`,
  read: ({ users = [], fresh = [] }) => [users.map((count, i) => [count, fresh[i] ?? 0] as const)],
};

const DAY = `toUInt16(greatest(intDiv(toUnixTimestamp64Milli(time) - ${FIRST_MS - DAY_MS + 1}, ${DAY_MS}), 0))`;

/** The days of each user, and how long each keeps him in the windows. */
function byUser(name: string, days: string): Way {
  const ends = OF_WINDOWS.map(
    (length, i) =>
      `countResampleArray(0, ${DAYS + 1}, 1)(arrayMap((day, next) -> least(day + ${length}, next), days, nexts)) AS ended_${i},
       countResample(0, ${DAYS + 1}, 1)(least(days[1] + ${length}, ${DAYS})) AS old_${i}`,
  );
  return {
    name,
    sql: `SELECT countResampleArray(0, ${DAYS + 1}, 1)(days) AS begun, countResample(0, ${DAYS + 1}, 1)(days[1]) AS born, ${ends.join(', ')}
      FROM (SELECT arraySort(${days}) AS days, arrayPushBack(arrayPopFront(days), ${DAYS}) AS nexts
        FROM (SELECT user_id, ${DAY} AS day ${SEEN}) GROUP BY user_id) ${SETTINGS}`,
    read: (row) => {
      const sums = Object.fromEntries(Object.entries(row).map(([column, counts]) => [column, running(counts)]));
      const open = (begun: string, ended: string, i: number) => (sums[begun]?.[i] ?? 0) - (sums[ended]?.[i] ?? 0);
      return YEAR.map((_, i) =>
        OF_WINDOWS.map((__, w) => [open('begun', `ended_${w}`, i), open('born', `old_${w}`, i)]),
      );
    },
  };
}

function running(counts: readonly number[]): number[] {
  let sum = 0;
  return counts.map((count) => (sum += count));
}

function ours(instants: readonly number[], settings: object = {}): Way {
  const scope = { propertyNumber: 1, dataVersion: 2, timeZone: 'UTC' };
  const plan = planActiveUsers(parseActiveUsersSettings(settings), scope, instants);
  const read = (row: PlaceCounts): Counts =>
    readActiveUsers(plan, row).map(({ windows }) => windows.map(({ users, new: isNew }) => [users, isNew] as const));
  return { name: 'Muster', ...compileActiveUsers(plan), read };
}

/** Sessions of an hour by country, and a trait that nobody has: only for what it costs. */
const WITH_SESSIONS = {
  presence: { from: 'open', to: 'buy', session: 'country', max: 'PT1H' },
  exclude: { trait: 'disabled', eq: true },
};

const QUESTIONS: Readonly<Record<string, readonly Way[]>> = {
  'three windows at one instant': [ours([NOW_MS]), LAST_AND_FIRST],
  'three windows, a year of days': [
    ours(YEAR),
    byUser('days of each user, distinct while gathered', 'groupUniqArray(day)'),
    byUser('days of each user, distinct after', 'arrayDistinct(groupArray(day))'),
  ],
  'with sessions and excluded users, at one instant': [ours([NOW_MS], WITH_SESSIONS)],
  'with sessions and excluded users, a year of days': [ours(YEAR, WITH_SESSIONS)],
};

await withEngineWorld(
  EVENTS,
  async (engine) => {
    for (const [question, ways] of Object.entries(QUESTIONS)) await compare(engine, question, ways);
  },
  { users: USERS, days: DAYS },
);

async function compare(engine: Engine, question: string, ways: readonly Way[]): Promise<void> {
  const times = ways.map((): number[] => []);
  for (let round = 0; round <= ROUNDS; round += 1) {
    const answers: Counts[] = [];
    for (const [i, { sql, params = {}, read }] of ways.entries()) {
      const { rows, stats } = await engine.rows<Row>({ sql, params });
      answers.push(read(rows[0] ?? {}));
      // The first round is for the engine's caches.
      if (round > 0) times[i]?.push(stats.elapsedMs);
    }
    const other = answers.findIndex((answer) => !isDeepStrictEqual(answer, answers[0]));
    if (other > 0) throw new Error(`${question}: ${ways[other]?.name} has another answer`);
  }
  const ms = times.map((all) => Math.round(median(all)));
  for (const [i, { name }] of ways.entries()) {
    process.stdout.write(`${JSON.stringify({ question, name, ms: ms[i], all: times[i]?.map(Math.round) })}\n`);
  }
  if (ms.length > 1) {
    const ratio = (ms[0] ?? NaN) / Math.min(...ms.slice(1));
    process.stdout.write(`${JSON.stringify({ question, ratio: Math.round(ratio * 100) / 100 })}\n`);
  }
}
