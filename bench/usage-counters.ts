import { randomUUID } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { Agent, request } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { ENTITIES } from '../src/entities.js';
import { migratingOptions } from '../src/migrate-all.js';
import { createProperty } from '../src/properties/create-property.js';
import { dataSourceOptions, runMigrations } from '../src/stores/postgres/data-source.js';
import { Counting } from '../src/usage/counters/counting.service.js';
import { DayKeys } from '../src/usage/counters/day-keys.js';
import { rollUpDay } from '../src/usage/counters/roll-up.js';
import { launchPostgres } from '@muster/embedded-stores';
import { MusterClient } from '../packages/client/src/index.js';
import { UsageCounter } from '../packages/client/src/usage/usage-counter.js';
import { makeFolder, removeFolder, startProgram, type Program } from './running-program.js';

// Usage counters: counts and batches a second that a running Muster takes, what UsageCounter takes, and what is stored
// after a year at an hourly base. MUSTER_BENCH_SECONDS (default 5) for each figure.

const SECONDS = Number(process.env['MUSTER_BENCH_SECONDS'] ?? 5);
const EVENTS = 200;
const VISITORS = 500;
const DAY_MS = 86_400_000;
const HOUR_MS = 3_600_000;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

await counting();
await simulatedYear();
process.exit(0);

async function counting(): Promise<void> {
  const folder = makeFolder();
  try {
    const program = await startProgram(join(folder, 'data'));
    for (const [clients, items, seen] of [
      [1, 1, 0],
      [16, 1, 0],
      [16, 20, 5],
      [16, 1000, 100],
    ] as const) {
      const batches = await batchesPerSecond(program, clients, items, seen);
      console.log(
        `${clients} clients, ${items} counts and ${seen} ids a batch: ${Math.round(batches)} batches/s, ${Math.round(batches * items)} counts/s`,
      );
    }
    const client = new MusterClient({ url: program.url, apiKey: program.apiKey }).property('default');
    const counter = new UsageCounter(client, { flushEvery: 'PT1S' });
    const startMs = performance.now();
    let counts = 0;
    while (performance.now() < startMs + SECONDS * 1000) {
      for (let i = 0; i < 10_000; i += 1) counter.count(`/page/${(counts += 1) % EVENTS}`, 'gathered');
      await new Promise((resolve) => setImmediate(resolve));
    }
    await counter.stop();
    console.log(
      `UsageCounter: ${Math.round(counts / ((performance.now() - startMs) / 1000))} counts/s, sent every second`,
    );
    await program.stop();
  } finally {
    agent.destroy();
    removeFolder(folder);
  }
}

async function batchesPerSecond(program: Program, clients: number, items: number, seen: number): Promise<number> {
  let sent = 0;
  const endMs = performance.now() + SECONDS * 1000;
  const client = async (): Promise<void> => {
    while (performance.now() < endMs) {
      await post(program, JSON.stringify(batchOf(items, seen)));
      if (performance.now() < endMs) sent += 1;
    }
  };
  await Promise.all(Array.from({ length: clients }, client));
  return sent / SECONDS;
}

function batchOf(items: number, seen: number): object {
  const some = (n: number): number => Math.floor(Math.random() * n);
  return {
    batch: randomUUID(),
    counts: Array.from({ length: items }, (_, i) => ({
      event: `/page/${items > 100 ? i : some(EVENTS)}`,
      category: 'page',
      count: 1 + some(3),
    })),
    seen: Array.from({ length: seen }, () => ({ category: 'visitor', ip: `${some(200)}.${some(250)}.${some(250)}.7` })),
  };
}

function post({ url, apiKey }: Program, body: string): Promise<void> {
  return new Promise((resolve, reject) => {
    const headers = { authorization: `Bearer ${apiKey}`, 'content-type': 'application/json' };
    const call = request(`${url}/v1/properties/default/usage`, { method: 'POST', agent, headers }, (response) => {
      response.resume();
      response.on('end', () =>
        response.statusCode === 200 ? resolve() : reject(new Error(String(response.statusCode))),
      );
      response.on('error', reject);
    });
    call.on('error', reject);
    call.end(body);
  });
}

/** 200 events in five categories every hour, 500 visitors a day, rolled up every night. */
async function simulatedYear(): Promise<void> {
  const folder = mkdtempSync(join(tmpdir(), 'muster-bench-'));
  const server = await launchPostgres(folder);
  const { url } = server;
  const database = await new DataSource(migratingOptions(url)).initialize();
  await runMigrations(database);
  await database.destroy();
  const source = await new DataSource(dataSourceOptions(url, ENTITIES)).initialize();
  try {
    const property = await source.transaction((manager) =>
      createProperty(manager, 'acc_bench', { slug: 'bench', name: 'bench' }),
    );
    const counters = new Counting(source, new DayKeys(source));
    const startMs = Date.UTC(2025, 0, 1);
    await source.query(
      `INSERT INTO usage_counters VALUES ($1, $2, 'daily_key', 1, 7, 3, 24, NULL, '2025-01-01', '2024-12-31', '2023-01-01')`,
      [property.id, HOUR_MS],
    );
    const rollUps: number[] = [];
    for (let day = 0; day < 365; day += 1) {
      for (let hour = 0; hour < 24; hour += 1) {
        const counts = Array.from({ length: EVENTS }, (_, i) => ({
          event: `/section/page-${i}`,
          category: `category-${i % 5}`,
          count: 1 + i,
        }));
        const seen = Array.from({ length: Math.ceil(VISITORS / 24) }, (_, i) => ({
          category: 'visitor',
          id: `${day}-${hour}-${i}`,
        }));
        await counters.count(
          property,
          { batch: `${day}-${hour}`, counts, seen },
          new Date(startMs + day * DAY_MS + hour * HOUR_MS),
        );
      }
      const beginMs = performance.now();
      await source.transaction((manager) => rollUpDay(manager, property.id, () => true));
      rollUps.push(performance.now() - beginMs);
    }
    await source.query('VACUUM FULL usage_counts, usage_seen, usage_batches');
    const levels: object[] = await source.query(
      'SELECT level, count(*)::integer AS rows, sum(count)::float8 AS sum FROM usage_counts GROUP BY level ORDER BY level',
    );
    const [size]: object[] = await source.query(
      `SELECT pg_total_relation_size('usage_counts')::integer AS counts, pg_total_relation_size('usage_seen')::integer AS seen, pg_total_relation_size('usage_batches')::integer AS batches`,
    );
    const sorted = rollUps.toSorted((a, b) => a - b);
    console.log(
      `a year at an hourly base: ${JSON.stringify({ levels, bytes: size, roll_up_ms: { p50: Math.round(sorted[182] ?? 0), longest: Math.round(sorted.at(-1) ?? 0) } })}`,
    );
  } finally {
    await source.destroy();
    await stopServer(server.pid());
    rmSync(folder, { recursive: true, force: true });
  }
}

async function stopServer(pid: number | undefined): Promise<void> {
  if (pid === undefined) return;
  process.kill(pid, 'SIGQUIT');
  const isAlive = (): boolean => {
    try {
      return process.kill(pid, 0);
    } catch {
      return false;
    }
  };
  while (isAlive()) await new Promise((resolve) => setTimeout(resolve, 50));
}
