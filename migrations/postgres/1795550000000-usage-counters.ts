import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Usage counters: settings and state by property, sums, distinct ids of open days, ids of batches, marks, keys of days. */
export class UsageCounters1795550000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE usage_counters (
      property_id text PRIMARY KEY,
      base_ms integer NOT NULL,
      anonymise text NOT NULL,
      base_days integer NOT NULL,
      days integer NOT NULL,
      event_months integer NOT NULL,
      months integer NOT NULL,
      live_at timestamptz,
      open_day date NOT NULL,
      base_from date NOT NULL,
      kept_from date NOT NULL
    )`);
    await runner.query('CREATE INDEX usage_counters_open_day ON usage_counters (open_day)');
    // A page has room for the newer versions of its rows: sums are counted up in place.
    await runner.query(`CREATE TABLE usage_counts (
      property_id text NOT NULL,
      level text NOT NULL,
      day date NOT NULL,
      offset_ms integer NOT NULL,
      category text NOT NULL,
      event text NOT NULL,
      count bigint NOT NULL,
      PRIMARY KEY (property_id, level, day, offset_ms, category, event)
    ) WITH (fillfactor = 70)`);
    await runner.query(`CREATE TABLE usage_seen (
      property_id text NOT NULL,
      day date NOT NULL,
      category text NOT NULL,
      id bytea NOT NULL,
      PRIMARY KEY (property_id, day, category, id)
    )`);
    await runner.query(`CREATE TABLE usage_batches (
      property_id text NOT NULL,
      batch text NOT NULL,
      day date NOT NULL,
      PRIMARY KEY (property_id, batch)
    )`);
    await runner.query('CREATE INDEX usage_batches_day ON usage_batches (property_id, day)');
    await runner.query(`CREATE TABLE usage_marks (
      property_id text NOT NULL,
      at timestamptz NOT NULL,
      category text NOT NULL,
      event text NOT NULL,
      PRIMARY KEY (property_id, at, category, event)
    )`);
    // No byte of a key gets into the write-ahead log.
    await runner.query(`CREATE UNLOGGED TABLE usage_day_keys (
      property text NOT NULL,
      day date NOT NULL,
      key bytea NOT NULL,
      PRIMARY KEY (property, day)
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['day_keys', 'marks', 'batches', 'seen', 'counts', 'counters'])
      await runner.query(`DROP TABLE usage_${table}`);
  }
}
