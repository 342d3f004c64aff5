import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Turns in the queue, progress of runs, what past runs took, and keys of repeated POSTs. */
export class RequestManager1795310000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `ALTER TABLE runs
    ADD COLUMN account_id text,
    ADD COLUMN metric text,
    ADD COLUMN turn integer NOT NULL DEFAULT 1,
    ADD COLUMN rows_read bigint,
    ADD COLUMN rows_to_read bigint`,
  `UPDATE runs SET metric = canonical ->> 'metric',
    account_id = (SELECT account_id FROM properties WHERE properties.id = property_id)`,
  'ALTER TABLE runs ALTER COLUMN account_id SET NOT NULL, ALTER COLUMN metric SET NOT NULL',
  "CREATE INDEX runs_line ON runs (state, turn, id) WHERE state in ('queued', 'running')",
  "CREATE INDEX runs_of_account ON runs (account_id, turn) WHERE state in ('queued', 'running')",
  "CREATE INDEX runs_past ON runs (property_id, metric, finished_at) WHERE state = 'succeeded'",

  'DROP INDEX requests_run_id_idx',
  'CREATE INDEX requests_run_id_id_idx ON requests (run_id, id)',

  `CREATE TABLE idempotency_keys (
    property_id text NOT NULL,
    key text NOT NULL,
    fingerprint text NOT NULL,
    attempt_id text NOT NULL,
    status integer,
    location text,
    body json,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (property_id, key)
  )`,
  'CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at)',
];

const DOWN = [
  'DROP TABLE idempotency_keys',
  'DROP INDEX requests_run_id_id_idx',
  'CREATE INDEX requests_run_id_idx ON requests (run_id)',
  'DROP INDEX runs_line, runs_of_account, runs_past',
  `ALTER TABLE runs
    DROP COLUMN account_id, DROP COLUMN metric, DROP COLUMN turn, DROP COLUMN rows_read, DROP COLUMN rows_to_read`,
];
