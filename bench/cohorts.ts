import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { parseArgs } from 'node:util';
import { startEngine } from '@muster/embedded-stores';
import { asSetHash } from '../src/core/ids.js';
import type { CanonicalCohort } from '../src/core/cohort/definition.js';
import { parseCohort } from '../src/core/cohort/parse-cohort.js';
import { planDefinition } from '../src/core/cohort/plan-definition.js';
import { createLogger } from '../src/platform/logging/logger.js';
import { MemberSetStore } from '../src/stores/clickhouse/member-set-store.js';
import { Engine } from '../src/stores/clickhouse/engine.js';
import { migrateEngine } from '../src/stores/clickhouse/migrate.js';
import { median } from './figures.js';
import { removeFolder } from './running-program.js';

// Straight in the engine, of so many generated events and members of each list:
//   rule  a rule of three conditions beside a query written by hand that means the same
//   sets  the intersection, union and difference of two lists that share half of their members
//   ways  other ways to intersect them: joins, IN, grouping, bitmaps of a hash and of a dense key
// node dist/bench/cohorts.js --events 30000000 --members 5000000 --rounds 5 --parts rule,sets,ways

const { values } = parseArgs({
  options: {
    events: { type: 'string', default: '30000000' },
    members: { type: 'string', default: '5000000' },
    rounds: { type: 'string', default: '5' },
    parts: { type: 'string', default: 'rule,sets,ways' },
  },
});
const [EVENTS, MEMBERS, ROUNDS] = [Number(values.events), Number(values.members), Number(values.rounds)];
const PARTS = new Set(values.parts.split(','));
const USERS = Math.round(EVENTS / 20);
const AS_OF = '2025-07-01T00:00:00.000Z';

const RULE = {
  rule: {
    and: [
      { did: { event: 'purchase', at_least: 2, within: { from: '2025-01-01', to: '2025-04-01' } } },
      { did: { event: 'view', where: { property: 'dollars', gte: 50 }, within: { last: 'P30D' } } },
      { did_not: { event: 'refund' } },
    ],
  },
};

const BY_HAND = `SELECT count() AS size FROM (
  SELECT user_id FROM events FINAL
  PREWHERE property = 1 AND seq <= 1 AND time < '2025-07-01' AND name IN ('purchase', 'view', 'refund')
  GROUP BY user_id
  HAVING countIf(name = 'purchase' AND time >= '2025-01-01' AND time < '2025-04-01') >= 2
    AND countIf(name = 'view' AND time >= '2025-06-01' AND number['dollars'] >= 50) >= 1
    AND countIf(name = 'refund') = 0
) SETTINGS do_not_merge_across_partitions_select_final = 1`;

const folder = mkdtempSync(join(tmpdir(), 'muster-bench-'));
const embedded = await startEngine({
  dataDir: folder,
  memoryBytes: 2.5 * 2 ** 30,
  fsync: false,
  logger: createLogger('silent'),
});
const engine = new Engine(embedded.url, { timeLimitMs: 600_000, memoryLimitBytes: 2_000_000_000 });
const store = new MemberSetStore(engine);
const scope = { propertyNumber: 1, dataVersion: 1, asOfMs: Date.parse(AS_OF) };

try {
  await migrateEngine(engine);
  if (PARTS.has('rule')) await measureRule();
  if (PARTS.has('sets') || PARTS.has('ways')) await fillLists();
  if (PARTS.has('sets')) await measureSets();
  if (PARTS.has('ways')) await measureWays();
} finally {
  await engine.close();
  await embedded.stop();
  removeFolder(folder);
}

async function measureRule(): Promise<void> {
  await fillEvents();
  const rule = planDefinition(parseCohort(RULE, '', 'UTC') as CanonicalCohort, {
    asOfMs: scope.asOfMs,
    timeZone: 'UTC',
  });
  const byHand = async (): Promise<number | undefined> =>
    (await engine.rows<{ size: number }>({ sql: BY_HAND, params: {} })).rows[0]?.size;
  const byRule = async (): Promise<number> => (await store.preview(rule, scope)).size;
  const ratios: number[] = [];
  for (let round = 1; round <= ROUNDS; round++) {
    // Who comes second finds the files in the cache.
    const swapped = round % 2 === 0;
    const first = await timed<number | undefined>(swapped ? byRule : byHand);
    const second = await timed<number | undefined>(swapped ? byHand : byRule);
    const [hand, own] = swapped ? [second, first] : [first, second];
    const written = await timed(() => store.write(rule, scope, `round${round}`, {}));
    const sizes = [hand.result, own.result, written.result.size];
    if (new Set(sizes).size !== 1) throw new Error(`sizes differ: ${sizes}`);
    ratios.push(own.ms / hand.ms);
    report(`rule over ${EVENTS} events`, {
      by_hand_ms: hand.ms,
      preview_ms: own.ms,
      written_ms: written.ms,
      ratio: Number((own.ms / hand.ms).toFixed(2)),
      users: sizes[0],
      rows_read: written.result.stats.rowsRead,
    });
  }
  report('rule beside the query by hand', { median_ratio: Number(median(ratios).toFixed(2)) });
}

async function measureSets(): Promise<void> {
  const of = [{ members: asSetHash('a') }, { members: asSetHash('b') }];
  const sets: Record<string, CanonicalCohort> = {
    and: { set: { and: of } },
    or: { set: { or: of } },
    except: { set: { except: of } },
  };
  for (const [operation, set] of Object.entries(sets)) {
    const times: number[] = [];
    let size = 0;
    for (let round = 1; round <= ROUNDS; round++) {
      const { ms, result } = await timed(() =>
        store.preview(planDefinition(set, { asOfMs: scope.asOfMs, timeZone: 'UTC' }), scope),
      );
      times.push(ms);
      size = result.size;
    }
    report(`${operation} of two lists of ${MEMBERS}`, { ms: times, median_ms: median(times), size });
  }
}

async function measureWays(): Promise<void> {
  const of = (hash: string, final = ''): string =>
    `SELECT user_id FROM member_sets ${final} WHERE property = 1 AND set_hash = '${hash}'`;
  const joined = (algorithm: string): string =>
    `SELECT count() AS n FROM (${of('a', 'FINAL')}) AS l INNER JOIN (${of('b', 'FINAL')}) AS r ON l.user_id = r.user_id
SETTINGS join_algorithm = '${algorithm}', max_rows_in_set_to_optimize_join = 0`;
  const both = `SELECT user_id FROM member_sets WHERE property = 1 AND set_hash IN ('a', 'b') GROUP BY user_id`;
  const bitmap = (key: string, hash: string): string =>
    `(SELECT groupBitmapState(${key}) FROM member_sets WHERE property = 1 AND set_hash = '${hash}')`;
  const bitmaps = (key: string): string => `SELECT bitmapAndCardinality(${bitmap(key, 'a')}, ${bitmap(key, 'b')}) AS n`;
  await storeBitmaps();
  const ways: Record<string, string> = {
    'merging as it lies on disk': joined('full_sorting_merge'),
    'hash join': joined('hash'),
    'parallel hash join': joined('parallel_hash'),
    'partial merge join': joined('partial_merge'),
    IN: `SELECT count() AS n FROM (${of('a', 'FINAL')}) WHERE user_id IN (${of('b')})`,
    grouping: `SELECT count() AS n FROM (${both} HAVING max(set_hash = 'a') AND max(set_hash = 'b'))`,
    INTERSECT: `SELECT count() AS n FROM (${of('a')} INTERSECT DISTINCT ${of('b')})`,
    'bitmaps of a hash, made at once (not exact)': bitmaps('cityHash64(user_id)'),
    'bitmaps of a hash, stored (not exact)': storedBitmaps('of_hash'),
    'bitmaps of a dense key, stored (needs a dictionary)': storedBitmaps('of_key'),
  };
  for (const [name, sql] of Object.entries(ways)) {
    const times: number[] = [];
    for (let round = 1; round <= ROUNDS; round++) {
      const found = await timed(() => engine.rows({ sql, params: {} })).catch((error: Error) => error.message);
      if (typeof found === 'string') report(name, { failed: found });
      else times.push(found.ms);
    }
    if (times.length > 0) report(name, { ms: times, median_ms: median(times) });
  }
}

/**
 * As they would lie there if each list were kept as a bitmap too; the number at the end of an id stands for what a
 * dictionary would give.
 */
async function storeBitmaps(): Promise<void> {
  const columns = 'of_hash AggregateFunction(groupBitmap, UInt64), of_key AggregateFunction(groupBitmap, UInt32)';
  await engine.execute({
    sql: `CREATE TABLE bitmaps (set_hash String, ${columns}) ENGINE = MergeTree ORDER BY set_hash`,
    params: {},
  });
  const states = 'groupBitmapState(cityHash64(user_id)), groupBitmapState(toUInt32(substring(user_id, 6)))';
  const sql = `INSERT INTO bitmaps SELECT set_hash, ${states} FROM member_sets WHERE property = 1 AND set_hash IN ('a', 'b') GROUP BY set_hash`;
  const { ms } = await timed(() => engine.execute({ sql, params: {} }));
  report('bitmaps of two lists made', { ms });
}

function storedBitmaps(column: string): string {
  const of = (hash: string): string => `(SELECT ${column} FROM bitmaps WHERE set_hash = '${hash}')`;
  return `SELECT bitmapAndCardinality(${of('a')}, ${of('b')}) AS n`;
}

async function fillEvents(): Promise<void> {
  const chunk = 5_000_000;
  for (let from = 0; from < EVENTS; from += chunk) {
    const sql = `INSERT INTO events (property, user_id, time, name, client_id, content_hash, number, text, seq, position)
SELECT 1, concat('user-', leftPad(toString(cityHash64(number, 1) % {users:UInt32}), 8, '0')),
  toDateTime64('2025-01-01', 3, 'UTC') + toIntervalMillisecond(cityHash64(number, 2) % 15552000000),
  multiIf(cityHash64(number, 3) % 100 < 40, 'open', cityHash64(number, 3) % 100 < 75, 'view', cityHash64(number, 3) % 100 < 97, 'purchase', 'refund'),
  toString(number), 0, map('dollars', (cityHash64(number, 4) % 10000) / 100), map('country', ['US', 'DE', 'NP'][1 + number % 3]), 1, number % 1048576
FROM numbers({from:UInt64}, {chunk:UInt64})`;
    await engine.execute({ sql, params: { users: USERS, from, chunk: Math.min(chunk, EVENTS - from) } });
  }
}

async function fillLists(): Promise<void> {
  for (const [hash, offset] of [
    ['a', 0],
    ['b', Math.round(MEMBERS / 2)],
  ] as const) {
    const sql = `INSERT INTO member_sets (property, set_hash, user_id)
SELECT 1, {hash:String}, concat('user-', leftPad(toString(number), 12, '0')) FROM numbers({offset:UInt64}, {members:UInt64})`;
    await engine.execute({ sql, params: { hash, offset, members: MEMBERS } });
  }
}

async function timed<T>(work: () => Promise<T>): Promise<{ readonly ms: number; readonly result: T }> {
  const start = performance.now();
  const result = await work();
  return { ms: Math.round(performance.now() - start), result };
}

function report(what: string, figures: object): void {
  console.log(`${what}: ${JSON.stringify(figures)}`);
}
