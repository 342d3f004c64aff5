import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DataSource } from 'typeorm';
import { migrateAll } from '../src/migrate-all.js';
import { readConfig } from '../src/platform/config/read-config.js';
import { createLogger } from '../src/platform/logging/logger.js';
import { Engine } from '../src/stores/clickhouse/engine.js';
import { Housekeeping } from '../src/stores/postgres/housekeeping.js';
import { StorageService } from '../src/properties/storage/storage.service.js';
import { startTestApp } from '../test/support/test-app.js';
import { startStores } from '../src/start-stores.js';

/** Past the days that a result is kept; small enough for minutes. */
const DAYS = 40;
const USERS = 500;
const ASKED_A_DAY = 40;
const TOLD_EVERY = 10;
const DAY_MS = 86_400_000;

/**
 * What is stored day by day while new requests are asked each day and read by nobody: every day is made in the past, by
 * SQL, and swept as of its evening.
 */
const dataDir = mkdtempSync(join(tmpdir(), 'muster-month-'));
const stores = await startStores({ ...readConfig({}), dataDir }, createLogger('warn'));
await migrateAll(stores.urls);
const app = await startTestApp({ urls: stores.urls, dataDir }, { housekeepingEveryMs: 0 });
const database = app.get(DataSource);
const engine = app.get(Engine);
const execute = (sql: string): Promise<unknown> => engine.execute({ sql, params: {} });
const [property]: { id: string; account_id: string }[] = await database.query('SELECT id, account_id FROM properties');
if (property === undefined) throw new Error('There is no property');
const firstMs = Date.now() - DAYS * DAY_MS;
const line = (cells: readonly (string | number)[]): void => {
  process.stdout.write(`| ${cells.join(' | ')} |\n`);
};
line(['day', 'runs', 'results', 'rows of users', 'MB in the engine', 'MB of all', 'sweep, ms']);
line(Array.from({ length: 7 }, () => '---:'));

try {
  for (let day = 1; day <= DAYS; day += 1) {
    const atMs = firstMs + day * DAY_MS;
    await ask(atMs);
    const swept = await app.get(Housekeeping).sweep(new Date(atMs + DAY_MS / 2));
    if (swept === null || swept.failed.length > 0) throw new Error(`Day ${day}: ${JSON.stringify(swept)}`);
    if (day % TOLD_EVERY === 0) await tell(day, swept.elapsedMs);
  }
} finally {
  await app.stop();
  await stores.stop();
  rmSync(dataDir, { recursive: true, force: true });
}

/** A day's runs, each with an answer and the rows of its users, as if they had ended at that time. */
async function ask(atMs: number): Promise<void> {
  const prefix = timeOf(atMs);
  const at = new Date(atMs);
  await database.query(
    `INSERT INTO runs (id, property_id, account_id, hash, metric, canonical, state, attempt, data_version, created_at, started_at, finished_at, result, result_bytes)
     SELECT $1 || lpad(n::text, 16, '0'), $2, $3, md5($1 || n), 'event_count', '{"cohort":{"all":true}}', 'succeeded', 1, 0, $4, $4, $4,
       json_build_object('cohort_size', ${USERS}), 700 FROM generate_series(1, ${ASKED_A_DAY}) AS n`,
    [`run_${prefix}`, property?.id, property?.account_id, at],
  );
  await database.query(
    `INSERT INTO requests (id, property_id, run_id, api_key_id, canonical, cohort, created_at)
     SELECT 'req_' || substr(id, 5), property_id, id, 'bench', canonical, '{}', created_at FROM runs WHERE starts_with(id, $1)`,
    [`run_${prefix}`],
  );
  await execute(`INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons)
SELECT concat('run_${prefix}', leftPad(toString(1 + intDiv(number, ${USERS})), 16, '0')), 1, concat('user-', toString(number % ${USERS})), [rand() % 100], ['']
FROM numbers(${USERS * ASKED_A_DAY})`);
}

async function tell(day: number, elapsedMs: number): Promise<void> {
  const { kinds, bytes } = await app.get(StorageService).of(property?.account_id ?? '', null);
  const of = (kind: string) => kinds.find((each) => each.kind === kind) ?? { rows: 0, bytes: 0 };
  const mb = (of_: number): string => (of_ / 1e6).toFixed(2);
  const users = of('user_values');
  line([day, of('runs').rows, of('results').rows, users.rows, mb(users.bytes), mb(bytes), Math.round(elapsedMs)]);
}

/** The first ten characters of a TypeID of that time: 48 bits in base 32. */
function timeOf(ms: number): string {
  const alphabet = '0123456789abcdefghjkmnpqrstvwxyz';
  let left = BigInt(ms);
  let text = '';
  for (let i = 0; i < 10; i += 1) {
    text = (alphabet[Number(left % 32n)] ?? '0') + text;
    left /= 32n;
  }
  return text;
}
