import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rule and set cohorts with their evaluations; what people write on cohorts. */
export class CohortDefinitions1795320000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  /** Versions that are no lists go. */
  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `ALTER TABLE cohorts
    ADD COLUMN description text NOT NULL DEFAULT '',
    ADD COLUMN revision integer NOT NULL DEFAULT 1,
    ADD COLUMN archived_at timestamptz`,
  `ALTER TABLE cohort_versions
    ADD COLUMN kind text NOT NULL DEFAULT 'static',
    ADD COLUMN definition json,
    ALTER COLUMN set_hash DROP NOT NULL,
    ALTER COLUMN size DROP NOT NULL,
    ADD CONSTRAINT cohort_versions_kind CHECK (kind in ('static', 'rule', 'set'))`,
  `CREATE TABLE cohort_evaluations (
    id text PRIMARY KEY,
    property_id text NOT NULL,
    cohort_id text NOT NULL,
    version integer NOT NULL,
    state text NOT NULL,
    instance_id text NOT NULL,
    hash text NOT NULL,
    data_version bigint NOT NULL,
    as_of timestamptz NOT NULL,
    started_at timestamptz NOT NULL,
    finished_at timestamptz,
    size integer,
    rows_read bigint,
    engine_ms double precision,
    moves_with_time boolean,
    error json,
    CONSTRAINT cohort_evaluations_state CHECK (state in ('running', 'succeeded', 'failed'))
  )`,
  'CREATE INDEX cohort_evaluations_cohort_id_id_idx ON cohort_evaluations (cohort_id, id)',
];

const DOWN = [
  'DROP TABLE cohort_evaluations',
  `DELETE FROM cohorts USING cohort_versions
    WHERE cohort_versions.cohort_id = cohorts.id AND cohort_versions.version = cohorts.version AND set_hash IS NULL`,
  'DELETE FROM cohort_versions WHERE set_hash IS NULL',
  `ALTER TABLE cohort_versions
    DROP CONSTRAINT cohort_versions_kind,
    DROP COLUMN kind,
    DROP COLUMN definition,
    ALTER COLUMN set_hash SET NOT NULL,
    ALTER COLUMN size SET NOT NULL`,
  'ALTER TABLE cohorts DROP COLUMN description, DROP COLUMN revision, DROP COLUMN archived_at',
];
