import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { CanonicalCohort } from '../src/core/cohort/definition.js';
import { parseCohort } from '../src/core/cohort/parse-cohort.js';
import { planDefinition } from '../src/core/cohort/plan-definition.js';
import { createLogger } from '../src/platform/logging/logger.js';
import { startEngine } from '../src/stores/clickhouse/embedded/start-engine.js';
import { CohortStore } from '../src/stores/clickhouse/cohort-store.js';
import { Engine } from '../src/stores/clickhouse/engine.js';
import { migrateEngine } from '../src/stores/clickhouse/migrate.js';
import { removeFolder } from './running-program.js';

// A rule of three conditions beside a query written by hand that means the same, and sets of two long lists, straight in the engine.
// MUSTER_BENCH_EVENTS (default 30,000,000), MUSTER_BENCH_MEMBERS (default 5,000,000) in each list, MUSTER_BENCH_ROUNDS (default 5).

const EVENTS = Number(process.env['MUSTER_BENCH_EVENTS'] ?? 30_000_000);
const MEMBERS = Number(process.env['MUSTER_BENCH_MEMBERS'] ?? 5_000_000);
const ROUNDS = Number(process.env['MUSTER_BENCH_ROUNDS'] ?? 5);
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
const store = new CohortStore(engine);
const scope = { propertyNumber: 1, dataVersion: 1, asOfMs: Date.parse(AS_OF) };

try {
  await migrateEngine(engine);
  await fill();
  const rule = planDefinition(parseCohort(RULE, '', 'UTC') as CanonicalCohort, scope.asOfMs);
  const of = [{ members: 'a' }, { members: 'b' }];
  const sets: Record<string, CanonicalCohort> = {
    and: { set: { and: of } },
    or: { set: { or: of } },
    except: { set: { except: of } },
  };
  for (let round = 1; round <= ROUNDS; round++) {
    const byHand = await timed(() => engine.rows<{ size: number }>({ sql: BY_HAND, params: {} }));
    const byRule = await timed(() => store.preview(rule, scope));
    const written = await timed(() => store.write(rule, scope, `round${round}`, {}));
    const sizes = [byHand.result.rows[0]?.size, byRule.result.size, written.result.size];
    if (new Set(sizes).size !== 1) throw new Error(`sizes differ: ${sizes}`);
    report(`rule over ${EVENTS} events`, {
      by_hand_ms: byHand.ms,
      preview_ms: byRule.ms,
      written_ms: written.ms,
      ratio: Number((byRule.ms / byHand.ms).toFixed(2)),
      users: sizes[0],
      rows_read: byRule.result.stats.rowsRead,
    });
  }
  for (let round = 1; round <= ROUNDS; round++) {
    for (const [operation, set] of Object.entries(sets)) {
      const { ms, result } = await timed(() => store.preview(planDefinition(set, scope.asOfMs), scope));
      report(`${operation} of two lists of ${MEMBERS}`, { ms, size: result.size });
    }
  }
} finally {
  await engine.close();
  await embedded.stop();
  removeFolder(folder);
}

async function fill(): Promise<void> {
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
