import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Lists of users on their way to be cohorts. */
export class CohortUploads1795330000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE cohort_uploads');
  }
}

const UP = [
  `CREATE TABLE cohort_uploads (
    id text PRIMARY KEY,
    property_id text NOT NULL,
    state text NOT NULL,
    name text,
    description text NOT NULL DEFAULT '',
    tags text[] NOT NULL DEFAULT '{}',
    target_id text,
    if_match text,
    mode text NOT NULL,
    format text NOT NULL,
    has_header boolean,
    column_number integer,
    instance_id text NOT NULL,
    idempotency_key text,
    fingerprint text,
    rows integer NOT NULL DEFAULT 0,
    rows_checked integer NOT NULL DEFAULT 0,
    asked integer NOT NULL DEFAULT 1,
    attempt integer NOT NULL DEFAULT 0,
    starts integer NOT NULL DEFAULT 0,
    data_version bigint,
    as_of timestamptz,
    validation json,
    error json,
    cohort json,
    created_at timestamptz NOT NULL DEFAULT now(),
    expires_at timestamptz NOT NULL,
    CONSTRAINT cohort_uploads_state
      CHECK (state in ('receiving', 'queued', 'validating', 'validated', 'failed', 'finished'))
  )`,
  'CREATE INDEX cohort_uploads_property_id_id_idx ON cohort_uploads (property_id, id)',
  'CREATE INDEX cohort_uploads_expires_at_idx ON cohort_uploads (expires_at)',
  `CREATE INDEX cohort_uploads_unfinished ON cohort_uploads (state)
    WHERE state in ('receiving', 'queued', 'validating')`,
  `CREATE UNIQUE INDEX cohort_uploads_property_id_idempotency_key_idx ON cohort_uploads (property_id, idempotency_key)
    WHERE idempotency_key IS NOT NULL`,
];
