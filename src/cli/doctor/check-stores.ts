import { Client } from 'pg';
import { knownMigrations } from '../../migrate-all.js';
import { StartupProblem } from '../../platform/config/startup-problem.js';
import { checkEngine } from '../../stores/clickhouse/check-engine.js';
import { Engine } from '../../stores/clickhouse/engine.js';
import { checkServer } from '../../stores/postgres/check-server.js';
import { checkRedis } from '../../stores/queue/check-redis.js';
import { fail, fine, warn, type Finding } from './finding.js';

/** Undefined: an embedded store that does not run. */
export interface StoresToCheck {
  readonly databaseUrl: string | undefined;
  readonly clickhouseUrl: string | undefined;
  readonly redisUrl: string | undefined;
}

const LIMITS = { timeLimitMs: 10_000, memoryLimitBytes: 0 };
const NOT_RUNNING = 'embedded, and not running: start Muster and look again';
/** An open batch is ended within seconds by whoever lives. */
const OPEN_TOO_LONG = `SELECT count(*)::integer AS n FROM open_batches WHERE opened_at < now() - interval '10 minutes'`;

/** Whether the stores can be reached, their versions, their clocks, their migrations, and what is stuck in them. */
export async function checkStores(stores: StoresToCheck): Promise<Finding[]> {
  const { databaseUrl, clickhouseUrl, redisUrl } = stores;
  const database =
    databaseUrl === undefined
      ? [fine('database', NOT_RUNNING)]
      : await reached('database', () => lookAtDatabase(databaseUrl));
  const engine =
    clickhouseUrl === undefined
      ? [fine('engine', NOT_RUNNING)]
      : await reached('engine', () => lookAtEngine(clickhouseUrl));
  const queue = redisUrl === undefined ? [] : await reached('queue', () => lookAtRedis(redisUrl));
  return [...database, ...engine, ...queue];
}

async function reached(what: string, look: () => Promise<Finding[]>): Promise<Finding[]> {
  try {
    return await look();
  } catch (error) {
    const lines =
      error instanceof StartupProblem ? error.problems : [error instanceof Error ? error.message : String(error)];
    const advice =
      'Start it, or put its URL, password or version right; of an embedded one the log of Muster tells more';
    return lines.map((line) => fail(what, line, advice));
  }
}

async function lookAtDatabase(url: string): Promise<Finding[]> {
  await checkServer(url);
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    const { rows } = await client.query<{ version: string; used: number; most: number; migrated: boolean }>(
      `SELECT current_setting('server_version') AS version, current_setting('max_connections')::integer AS most,
        (SELECT count(*)::integer FROM pg_stat_activity WHERE backend_type = 'client backend') AS used,
        to_regclass('schema_migrations') IS NOT NULL AS migrated`,
    );
    const [{ version = '', used = 0, most = 1, migrated = false } = {}] = rows;
    const connections = `${used} of ${most} connections are used`;
    const general = [
      fine('database', `PostgreSQL ${version}, its clock and ours are together`),
      used * 10 < most * 9
        ? fine('connections', connections)
        : warn('connections', connections, 'Raise max_connections, or run fewer processes'),
    ];
    if (!migrated)
      return [...general, warn('migrations', 'the database is empty', 'Run "muster migrate", or start Muster')];
    const applied = await client.query<{ name: string }>('SELECT name FROM schema_migrations');
    const open = await client.query<{ n: number }>(OPEN_TOO_LONG);
    const stuck = open.rows[0]?.n ?? 0;
    return [
      ...general,
      migrationsOf(
        'database',
        applied.rows.map(({ name }) => name),
        (await knownMigrations()).database,
      ),
      stuck === 0
        ? fine('ledger', 'no batch is open for long')
        : warn(
            'ledger',
            `${stuck} batches have been open for ten minutes`,
            'Start Muster: it ends what dead processes have left',
          ),
    ];
  } finally {
    await client.end();
  }
}

async function lookAtEngine(url: string): Promise<Finding[]> {
  await checkEngine(url);
  const engine = new Engine(url, LIMITS);
  try {
    const { rows } = await engine.rows<{ version: string; parts: number; migrated: number }>({
      sql: `SELECT version() AS version, (SELECT ifNull(max(n), 0) FROM (SELECT count() AS n FROM system.parts
  WHERE database = currentDatabase() AND active GROUP BY table, partition)) AS parts,
  (SELECT count() FROM system.tables WHERE database = currentDatabase() AND name = 'schema_migrations') AS migrated`,
      params: {},
    });
    const [{ version = '', parts = 0, migrated = 0 } = {}] = rows;
    const general = [
      fine('engine', `ClickHouse ${version}`),
      parts < 300
        ? fine('parts', `${parts} in one partition at the most`)
        : warn(
            'parts',
            `${parts} in one partition`,
            'Send larger batches: small ones come in faster than they are merged',
          ),
    ];
    if (migrated === 0)
      return [...general, warn('migrations', 'the engine is empty', 'Run "muster migrate", or start Muster')];
    const applied = await engine.rows<{ name: string }>({ sql: 'SELECT name FROM schema_migrations', params: {} });
    const names = applied.rows.map(({ name }) => name);
    return [...general, migrationsOf('engine', names, (await knownMigrations()).engine)];
  } finally {
    await engine.close();
  }
}

async function lookAtRedis(url: string): Promise<Finding[]> {
  await checkRedis(url);
  return [fine('queue', 'Redis answers')];
}

function migrationsOf(store: string, applied: readonly string[], known: readonly string[]): Finding {
  const later = applied.filter((name) => !known.includes(name));
  const pending = known.filter((name) => !applied.includes(name));
  if (later.length > 0) {
    return fail('migrations', `the ${store} has ${later[0]}, which this program does not know`, 'Start a later Muster');
  }
  if (pending.length === 0) return fine('migrations', `the ${store} is up to date`);
  return warn('migrations', `the ${store} lacks ${pending.length}`, 'Run "muster migrate", or start Muster');
}
