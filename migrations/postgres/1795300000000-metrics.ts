import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Named metrics of a property with their versions, and which of them a request has asked for. */
export class Metrics1795300000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE requests DROP COLUMN named_metric');
    await runner.query('DROP TABLE named_metrics, named_metric_versions');
  }
}

const UP = [
  `CREATE TABLE named_metrics (
    id text PRIMARY KEY,
    property_id text NOT NULL,
    name text NOT NULL,
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    archived_at timestamptz
  )`,
  'CREATE INDEX named_metrics_property_id_id_idx ON named_metrics (property_id, id)',
  'CREATE UNIQUE INDEX named_metrics_in_use ON named_metrics (property_id, name) WHERE archived_at IS NULL',
  `CREATE TABLE named_metric_versions (
    metric_id text NOT NULL,
    version integer NOT NULL,
    title text NOT NULL,
    description text NOT NULL,
    built_in text NOT NULL,
    fixed json NOT NULL,
    defaults json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (metric_id, version)
  )`,
  'ALTER TABLE requests ADD named_metric json',
];
