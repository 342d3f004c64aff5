import { createReadStream } from 'node:fs';
import { join } from 'node:path';
import { DuckDBInstance } from '@duckdb/node-api';
import { startEngine } from '@muster/embedded-stores';
import { createLogger } from '../../src/platform/logging/logger.js';
import { connect } from '../../src/stores/clickhouse/connect.js';
import type { Player } from './activity.js';
import type { Dialect } from './questions.js';

/** A database that answers SQL by hand over the same activity table, sorted by player and time. */
export interface Peer {
  readonly dialect: Dialect;
  /** The rows as arrays: country, age, numbers. */
  rows(sql: string): Promise<(string | number)[][]>;
  close(): Promise<void>;
}

const DAY_MS = 86_400_000;

const ENGINE: Dialect = {
  name: 'engine',
  ageOf: (time, birth) => `intDiv(toUnixTimestamp64Milli(${time}) - toUnixTimestamp64Milli(${birth}), ${DAY_MS})`,
  instant: (iso) => `parseDateTime64BestEffort('${iso}', 3, 'UTC')`,
  minIf: (time, condition) => `minIf(${time}, ${condition})`,
  // The births are found in the one pass over the activity, so that no join is needed.
  agesByArray: ({ action, where, having }) =>
    `SELECT player, country, age FROM (
      SELECT player, min(country) AS country, minIf(time, action = '${action}') AS birth, groupArray(toUnixTimestamp64Milli(time)) AS times
      FROM activity ${where} GROUP BY player ${having})
      ARRAY JOIN arrayDistinct(arrayMap(at -> toInt64(floor((at - toUnixTimestamp64Milli(birth)) / ${DAY_MS})), times)) AS age`,
};

const DUCKDB: Dialect = {
  name: 'duckdb',
  ageOf: (time, birth) => `((epoch_ms(${time}) - epoch_ms(${birth})) // ${DAY_MS})`,
  instant: (iso) => `TIMESTAMP '${iso.replace('T', ' ').replace('Z', '')}'`,
  minIf: (time, condition) => `min(${time}) FILTER (WHERE ${condition})`,
  agesByArray: null,
};

/** The engine of Muster without Muster: one MergeTree table, columns typed as a careful person would. */
export async function startEnginePeer(folder: string, file: string, players: readonly Player[]): Promise<Peer> {
  const dataDir = join(folder, 'engine');
  const engine = await startEngine({
    dataDir,
    memoryBytes: 4 * 2 ** 30,
    fsync: false,
    logger: createLogger('silent'),
  });
  const client = connect(engine.url);
  await client.command({
    query: `CREATE TABLE players (player String, country LowCardinality(String), role LowCardinality(String)) ENGINE = Memory`,
  });
  await client.insert({
    table: 'players',
    values: players.map(({ id, country, role }) => ({ player: id, country, role })),
    format: 'JSONEachRow',
  });
  await client.command({
    query: `CREATE TABLE raw (user String, event LowCardinality(String), time DateTime64(3, 'UTC'), properties Map(LowCardinality(String), UInt32)) ENGINE = Memory`,
  });
  const { stream } = await client.exec({
    query: 'INSERT INTO raw (user, event, time, properties) FORMAT JSONEachRow',
    values: createReadStream(file, { highWaterMark: 1 << 20 }),
    clickhouse_settings: { date_time_input_format: 'best_effort', input_format_skip_unknown_fields: 1 },
  });
  stream.resume();
  await client.command({
    query: `CREATE TABLE activity (player String, time DateTime64(3, 'UTC'), action LowCardinality(String), country LowCardinality(String), role LowCardinality(String), gold UInt32)
      ENGINE = MergeTree ORDER BY (player, time)`,
  });
  await client.command({
    query: `INSERT INTO activity SELECT user, time, event, country, role, properties['gold'] FROM raw INNER JOIN players ON raw.user = players.player`,
  });
  await client.command({ query: 'DROP TABLE raw' });
  await client.command({ query: 'OPTIMIZE TABLE activity FINAL' });
  return {
    dialect: ENGINE,
    async rows(sql) {
      const result = await client.query({ query: sql, format: 'JSONCompactEachRow' });
      return await result.json<(string | number)[]>();
    },
    async close() {
      await client.close();
      await engine.stop();
    },
  };
}

/** DuckDB in this process, its table sorted the same. */
export async function startDuckDb(folder: string, file: string, players: readonly Player[]): Promise<Peer> {
  const instance = await DuckDBInstance.create(join(folder, 'activity.duckdb'), { threads: '2' });
  const connection = await instance.connect();
  await connection.run('CREATE TABLE players (player VARCHAR, country VARCHAR, role VARCHAR)');
  const appender = await connection.createAppender('players');
  for (const { id, country, role } of players) {
    appender.appendVarchar(id);
    appender.appendVarchar(country);
    appender.appendVarchar(role);
    appender.endRow();
  }
  appender.closeSync();
  await connection.run(`CREATE TABLE activity AS
    SELECT "user" AS player, "time"::TIMESTAMP AS "time", event AS action, country, role, coalesce(properties.gold, 0)::UINTEGER AS gold
    FROM read_json('${file}', format = 'newline_delimited',
      columns = {"user": 'VARCHAR', "event": 'VARCHAR', "time": 'VARCHAR', "properties": 'STRUCT(gold INTEGER)'})
    INNER JOIN players ON "user" = players.player ORDER BY player, "time"`);
  return {
    dialect: DUCKDB,
    async rows(sql) {
      const reader = await connection.runAndReadAll(sql);
      return reader.getRows().map((row) => row.map((value) => (typeof value === 'string' ? value : Number(value))));
    },
    async close() {
      connection.closeSync();
      instance.closeSync();
    },
  };
}
