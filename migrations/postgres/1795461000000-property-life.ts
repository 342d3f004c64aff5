import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Properties that are changed and deleted, and what each batch was made of. */
export class PropertyLife1795461000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  'ALTER TABLE properties ADD COLUMN version integer NOT NULL DEFAULT 1',

  'ALTER TABLE batches ADD COLUMN tally json',
  'ALTER TABLE ingest_counters ADD COLUMN untallied_seq bigint NOT NULL DEFAULT 0',
  'UPDATE ingest_counters SET untallied_seq = last_seq',
  `CREATE TABLE schema_sums (
    property_id text PRIMARY KEY,
    seq bigint NOT NULL,
    entries json NOT NULL
  )`,

  `CREATE TABLE property_deletions (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    property_id text NOT NULL,
    property_number integer NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    api_key_id text NOT NULL,
    instance_id text NOT NULL,
    step text NOT NULL,
    counts json NOT NULL DEFAULT '{}',
    created_at timestamptz NOT NULL DEFAULT now(),
    finished_at timestamptz
  )`,
  'CREATE INDEX property_deletions_account_id_id_idx ON property_deletions (account_id, id)',
];

const DOWN = [
  'DROP TABLE property_deletions',
  'DROP TABLE schema_sums',
  'ALTER TABLE ingest_counters DROP COLUMN untallied_seq',
  'ALTER TABLE batches DROP COLUMN tally',
  'ALTER TABLE properties DROP COLUMN version',
];
