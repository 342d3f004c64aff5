import { createReadStream, createWriteStream } from 'node:fs';
import { loadavg } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { enginePaths } from '@muster/embedded-stores';
import { MusterClient, type Answer, type PropertyClient } from '../../packages/client/src/index.js';
import { Engine } from '../../src/stores/clickhouse/engine.js';
import { NO_LIMITS } from '../../src/stores/clickhouse/engine-settings.js';
import { median, timed } from '../figures.js';
import { makeFolder, postNdjson, removeFolder, startProgram, type Program } from '../running-program.js';
import { generateActivity, generatePlayers, type Player } from './activity.js';
import { startDuckDb, startEnginePeer, type Peer } from './peers.js';
import { QUESTIONS, type Question } from './questions.js';

// The benchmark of COHANA (VLDB 10(1), 2016) through the API: eight cohort tables by country over a generated activity
// table, beside SQL by hand in DuckDB and in the plain engine over the same events. Answers are compared before times;
// rounds are interleaved; a time is the median of its rounds. `--quick`: 300,000 events, three rounds.
// `--settled`: the events as they lie ten minutes after they came, each year in one part (decision 0072).
// MUSTER_BENCH_EVENTS (default 3,000,000), MUSTER_BENCH_ROUNDS (default 5).

const isQuick = process.argv.includes('--quick');
const isSettled = process.argv.includes('--settled');
const EVENTS = isQuick ? 300_000 : Number(process.env['MUSTER_BENCH_EVENTS'] ?? 3_000_000);
const ROUNDS = isQuick ? 3 : Number(process.env['MUSTER_BENCH_ROUNDS'] ?? 5);
const folder = makeFolder();

/** By country and age; cells in which nothing happened are left out. */
type Table = ReadonlyMap<string, readonly number[]>;

try {
  const players = generatePlayers(EVENTS);
  const file = join(folder, 'activity.ndjson');
  await pipeline(Readable.from(generateActivity(players)), createWriteStream(file));
  const program = await startProgram(join(folder, 'data'));
  const peers = [await startEnginePeer(folder, file, players), await startDuckDb(folder, file, players)];
  try {
    await load(program, file, players);
    if (isSettled) await settle(program);
    await compareAll(new MusterClient(program).property('default'), peers);
  } finally {
    await Promise.all([program.stop(), ...peers.map((peer) => peer.close())]);
  }
} finally {
  removeFolder(folder);
}
process.exit(0);

async function load(program: Program, file: string, players: readonly Player[]): Promise<void> {
  const users = players.map(({ id, country, role }) => `${JSON.stringify({ user: id, traits: { country, role } })}\n`);
  await postNdjson(program, '/users', Readable.from([users.join('')]));
  await postNdjson(program, '/events', createReadStream(file, { highWaterMark: 1 << 20 }));
}

async function settle({ dataDir }: Program): Promise<void> {
  const engine = new Engine(`unix:${enginePaths(join(dataDir, 'engine')).socketPath}`, NO_LIMITS);
  await engine.execute({ sql: 'OPTIMIZE TABLE events FINAL', params: {} });
  await engine.close();
}

async function compareAll(property: PropertyClient, peers: readonly Peer[]): Promise<void> {
  const ratios: number[] = [];
  for (const question of QUESTIONS) {
    const ways = peers.flatMap((peer) =>
      question.byHand(peer.dialect).map((sql) => ({ peer, sql, ms: [] as number[] })),
    );
    const ours = { ms: [] as number[], engineMs: [] as number[] };
    for (let round = 0; round < ROUNDS; round++) {
      let answer: Answer | undefined;
      ours.ms.push(await timed(async () => (answer = await ask(property, question))));
      ours.engineMs.push(answer?.timings?.engine_ms ?? 0);
      const table = tableOf(question, answer);
      for (const way of ways) {
        let rows: (string | number)[][] = [];
        way.ms.push(await timed(async () => (rows = await way.peer.rows(way.sql))));
        if (round === 0) refuseOther(question, table, tableOfRows(rows));
      }
    }
    const best = ways.reduce((a, b) => (median(b.ms) < median(a.ms) ? b : a));
    const ratio = median(ours.ms) / median(best.ms);
    ratios.push(ratio);
    report({
      question: question.name,
      ms: Math.round(median(ours.ms)),
      engine_ms: Math.round(median(ours.engineMs)),
      best_by_hand: best.peer.dialect.name,
      by_hand_ms: Math.round(median(best.ms)),
      ratio: round(ratio),
    });
  }
  const mean = Math.exp(ratios.reduce((sum, ratio) => sum + Math.log(ratio), 0) / ratios.length);
  const load = loadavg().map(round);
  report({
    events: EVENTS,
    rounds: ROUNDS,
    settled: isSettled,
    geometric_mean: round(mean),
    worst: round(Math.max(...ratios)),
    load,
  });
}

/** Never from the cache: each round computes anew. */
async function ask(property: PropertyClient, { request }: Question): Promise<Answer> {
  return await property.ask({ ...request, cache: 'refresh' } as never, { waitSeconds: 60 });
}

interface Cell {
  readonly age: number | null;
  readonly aggregates: Readonly<
    Record<string, { readonly sum?: number | null; readonly proportion?: { readonly positives: number } | null }>
  >;
}

function tableOf({ cell }: Question, answer: Answer | undefined): Table {
  const table = new Map<string, readonly number[]>();
  const groups = (answer?.breakdown ?? []) as unknown as readonly { group: string; series: readonly Cell[] }[];
  for (const { group, series } of groups) {
    for (const { age, aggregates } of series) {
      const numbers =
        cell === 'retained'
          ? [aggregates['reached']?.proportion?.positives ?? 0]
          : [aggregates['net']?.sum ?? 0, aggregates['count']?.sum ?? 0];
      if (numbers.some((number) => number !== 0)) table.set(`${group} ${age}`, numbers);
    }
  }
  return table;
}

function tableOfRows(rows: readonly (readonly (string | number)[])[]): Table {
  return new Map(rows.map(([country, age, ...numbers]) => [`${country} ${age}`, numbers.map(Number)]));
}

/** @throws Error where a cell differs: a wrong answer has no time */
function refuseOther({ name }: Question, ours: Table, theirs: Table): void {
  const keys = new Set([...ours.keys(), ...theirs.keys()]);
  if (keys.size === 0) throw new Error(`${name} has no cells`);
  for (const key of keys) {
    const [a, b] = [ours.get(key)?.join(' '), theirs.get(key)?.join(' ')];
    if (a !== b) throw new Error(`${name}, ${key}: Muster says ${a}, SQL by hand ${b}`);
  }
}

function round(value: number): number {
  return Number(value.toFixed(2));
}

function report(line: object): void {
  process.stdout.write(`${JSON.stringify(line)}\n`);
}
