import { planRequest } from '../src/core/request/plan-request.js';
import type { RawRequest } from '../src/core/request/raw-request.js';
import { planRun } from '../src/core/request/plan-run.js';
import type { Engine } from '../src/stores/clickhouse/engine.js';
import { RunEvaluator } from '../src/stores/clickhouse/run-evaluator.js';
import { withEngineWorld } from './engine-world.js';
import { timed } from './figures.js';

/**
 * What each metric costs beside a query written by hand that means the same of this data and stores the same columns:
 * milliseconds, the best of `ROUNDS`, asked in turn. The hand knows more than a program can: that every user has
 * events, that nobody registers late, and which columns are never undefined.
 */
const EVENTS = Number(process.env['MUSTER_BENCH_EVENTS'] ?? 3_000_000);
const ROUNDS = Number(process.env['MUSTER_BENCH_ROUNDS'] ?? 5);
const AS_OF = '2024-07-01T00:00:00.000Z';

const MONTH = { kind: 'fixed', from: '2024-02-01', to: '2024-03-01' };
const INSIDE = `time >= '2024-02-01' AND time < '2024-03-01'`;
const SINCE = { kind: 'since_birth', length: 'P30D' };
const SEEN = 'FROM events FINAL PREWHERE property = 1 AND seq <= 2';
const BIRTHS = `(SELECT user_id, argMax(registered_at, (seq, position)) AS birth FROM user_changes WHERE property = 1 AND seq <= 2 GROUP BY user_id) AS births`;
const SUMS = `[sumKahanIf(number['dollars'], ${INSIDE}), sumKahanIf(abs(number['dollars']), ${INSIDE}), sumKahanIf(number['dollars'], ${INSIDE} AND number['dollars'] > 0),
    sumKahanIf(number['dollars'], ${INSIDE} AND number['dollars'] < 0), toFloat64(countIf(${INSIDE}))]`;
const OF_BIRTH = `SELECT user_id, any(birth) AS born, arraySort(groupArrayIf(time, name = 'buy' AND time >= birth AND time < birth + toIntervalDay(30))) AS inside
    FROM (SELECT user_id, time, name ${SEEN}) AS seen INNER JOIN ${BIRTHS} USING (user_id) GROUP BY user_id`;

interface Case {
  readonly requested: RawRequest;
  /** user_id, numbers, reasons. */
  readonly hand: string;
}

const none = (columns: number): string => `[${Array.from({ length: columns }, () => `''`).join(', ')}]`;
const byUser = (numbers: string, columns: number): string =>
  `SELECT user_id, ${numbers}, ${none(columns)} ${SEEN} GROUP BY user_id`;

const sessionsOf = (sessions: string): string =>
  `SELECT user_id, [toFloat64(countIf(isIn)), sumIf(events, isIn), sumIf(lasted, isIn) / 1000, sumIf(lasted, isIn) / 1000 / countIf(isIn), countIf(isIn AND events = 1)], ${none(5)}
    FROM (SELECT user_id, lasted, events, ${INSIDE.replaceAll('time', 'began')} AS isIn FROM (${sessions})) GROUP BY user_id`;

const CASES: readonly Case[] = [
  { requested: { metric: 'event_count', window: MONTH }, hand: byUser(`[toFloat64(countIf(${INSIDE}))]`, 1) },
  { requested: { metric: 'value_sum', params: { value: 'dollars' }, window: MONTH }, hand: byUser(SUMS, 5) },
  {
    requested: { metric: 'event_rate', window: MONTH },
    hand: byUser(`[toFloat64(countIf(${INSIDE})), countIf(${INSIDE}) / 696, 696]`, 3),
  },
  {
    requested: { metric: 'distinct_count', params: { property: 'page' }, window: MONTH },
    hand: byUser(`[toFloat64(uniqExactIf(number['page'], ${INSIDE}))]`, 1),
  },
  {
    requested: { metric: 'distinct_count', params: { property: '$day' }, window: MONTH },
    hand: byUser(`[toFloat64(uniqExactIf(toDate(time), ${INSIDE}))]`, 1),
  },
  {
    requested: { metric: 'count_by', params: { property: 'country' }, window: MONTH },
    hand: `SELECT user_id, [0.], [''], [sumMapIf(map(text['country'], toFloat64(1)), ${INSIDE})] ${SEEN} GROUP BY user_id`,
  },
  {
    requested: { metric: 'threshold', params: { event: 'buy', n: 2 }, window: SINCE },
    hand: `SELECT user_id, [length(inside) >= 2, if(length(inside) >= 2, (toUnixTimestamp64Milli(inside[2]) - toUnixTimestamp64Milli(born)) / 1000, 0), 0],
        ['', if(length(inside) >= 2, '', 'never'), ''] FROM (${OF_BIRTH})`,
  },
  {
    requested: { metric: 'time_to_threshold', params: { event: 'buy', first: 1, threshold: 3 }, window: SINCE },
    hand: `SELECT user_id, [if(length(inside) >= 3, (toUnixTimestamp64Milli(inside[3]) - toUnixTimestamp64Milli(inside[1])) / 1000, 0)],
        [if(length(inside) >= 3, '', 'never')] FROM (${OF_BIRTH})`,
  },
  {
    requested: { metric: 'survival', params: { event: 'buy', t: 'P30D', sunset: 'P30D' } },
    hand: `SELECT user_id, [toFloat64(countIf(name = 'buy' AND time >= birth + toIntervalDay(30) AND time < birth + toIntervalDay(60)) > 0), 0], ${none(2)}
        FROM (SELECT user_id, time, name ${SEEN}) AS seen INNER JOIN ${BIRTHS} USING (user_id) GROUP BY user_id`,
  },
  {
    requested: { metric: 'occurrence', params: { event: 'buy' }, window: MONTH },
    hand: byUser(
      `[toFloat64(countIf(name = 'buy' AND ${INSIDE}) > 0), countIf(name = 'buy' AND ${INSIDE}), toUnixTimestamp64Milli(minIf(time, name = 'buy' AND ${INSIDE})), toUnixTimestamp64Milli(maxIf(time, name = 'buy' AND ${INSIDE}))]`,
      4,
    ),
  },
  {
    requested: { metric: 'last_value', params: { value: 'dollars' }, window: MONTH },
    hand: `SELECT user_id, [arrayElement(held.3, -1), arrayElement(held.1, -1), length(held), arrayCount((value, before) -> value != before, arrayPopFront(held.3), arrayPopBack(held.3))], ${none(4)}
        FROM (SELECT user_id, arraySort(groupArrayIf((toUnixTimestamp64Milli(time), client_id, number['dollars']), ${INSIDE})) AS held ${SEEN} GROUP BY user_id)`,
  },
  {
    requested: { metric: 'sessions', params: { by: 'country' }, window: MONTH },
    hand: sessionsOf(
      `SELECT user_id, min(time) AS began, toUnixTimestamp64Milli(max(time)) - toUnixTimestamp64Milli(began) AS lasted, count() AS events
        ${SEEN} GROUP BY user_id, text['country']`,
    ),
  },
  {
    requested: { metric: 'sessions', params: { gap: 'P1D', max: 'P400D' }, window: MONTH },
    hand: sessionsOf(
      `SELECT user_id, arrayJoin(arraySplit((at, silence) -> silence >= 86400000, times, arrayDifference(times))) AS own, fromUnixTimestamp64Milli(own[1], 'UTC') AS began,
        own[-1] - own[1] AS lasted, length(own) AS events
        FROM (SELECT user_id, arraySort(groupArray(toUnixTimestamp64Milli(time))) AS times ${SEEN} GROUP BY user_id)`,
    ),
  },
  {
    requested: { metric: 'rolling_active', params: { n: 5 }, as_of: '2024-03-01' },
    hand: byUser(
      `[toFloat64(countIf(time >= toDateTime64('2024-03-01', 3, 'UTC') - toIntervalDay(30) AND time < '2024-03-01') >= 5)]`,
      1,
    ),
  },
];

await withEngineWorld(EVENTS, async (engine) => {
  for (const { requested, hand } of CASES) {
    const [ours, byHand]: [number[], number[]] = [[], []];
    for (let round = 0; round < ROUNDS; round += 1) {
      byHand.push(Math.round(await timed(() => writtenByHand(engine, hand))));
      ours.push(Math.round(await timed(() => measured(engine, requested))));
      await engine.execute({ sql: 'TRUNCATE TABLE run_values', params: {} });
    }
    const [best, bestByHand] = [Math.min(...ours), Math.min(...byHand)];
    const ratio = Number((best / bestByHand).toFixed(2));
    process.stdout.write(
      `${JSON.stringify({ metric: requested.metric, params: requested.params, ms: best, by_hand_ms: bestByHand, ratio })}\n`,
    );
  }
});

async function measured(engine: Engine, requested: RawRequest): Promise<void> {
  const cohort = { kind: 'all', id: null, name: null, version: null } as const;
  const context = { timeZone: 'UTC', weekStart: 'monday', cohort };
  const { canonical } = planRequest({ cohort: { all: true }, as_of: AS_OF, ...requested }, context, Date.now());
  const asOfMs = Date.parse(canonical.as_of ?? AS_OF);
  const plan = planRun(canonical, { propertyNumber: 1, dataVersion: 2, asOfMs });
  await new RunEvaluator(engine).measure(plan, { runId: 'run', attempt: 1 });
}

async function writtenByHand(engine: Engine, hand: string): Promise<void> {
  const maps = hand.includes('sumMapIf') ? ', maps' : '';
  const columns = hand.replace(/^SELECT user_id/, `SELECT 'hand', 1, user_id`);
  const sql = `INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons${maps}) ${columns} SETTINGS do_not_merge_across_partitions_select_final = 1`;
  await engine.execute({ sql, params: {} });
}
