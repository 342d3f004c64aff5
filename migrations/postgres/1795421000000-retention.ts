import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When results were read and when they went, and when lists of members were used; what housekeeping looks for is found by indexes. */
export class Retention1795421000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  /** An earlier program takes a succeeded run for one with a result. */
  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  'ALTER TABLE runs ADD COLUMN read_at timestamptz, ADD COLUMN gone_at timestamptz',
  'CREATE INDEX runs_kept_results ON runs (state, gone_at, finished_at)',
  'CREATE INDEX runs_finished ON runs (finished_at)',
  'ALTER TABLE member_sets ADD COLUMN used_at timestamptz NOT NULL DEFAULT now()',
  'CREATE INDEX member_sets_used_at_idx ON member_sets (used_at)',
  'CREATE INDEX cohort_evaluations_finished_at_idx ON cohort_evaluations (finished_at)',
  'CREATE INDEX cohort_versions_created_at_idx ON cohort_versions (created_at)',
];

const DOWN = [
  'DROP INDEX cohort_versions_created_at_idx, cohort_evaluations_finished_at_idx, member_sets_used_at_idx, runs_finished, runs_kept_results',
  'ALTER TABLE member_sets DROP COLUMN used_at',
  'DELETE FROM requests USING runs WHERE runs.id = run_id AND gone_at IS NOT NULL',
  'DELETE FROM runs WHERE gone_at IS NOT NULL',
  'ALTER TABLE runs DROP COLUMN read_at, DROP COLUMN gone_at',
];
