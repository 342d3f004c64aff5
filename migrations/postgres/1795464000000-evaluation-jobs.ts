import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Evaluations are jobs: one whose worker has died is taken up by another. */
export class EvaluationJobs1795464000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `ALTER TABLE cohort_evaluations
     ADD COLUMN attempt integer NOT NULL DEFAULT 0,
     ADD COLUMN handed_back integer NOT NULL DEFAULT 0,
     ADD COLUMN leased_until timestamptz,
     ADD COLUMN engine_lost_at timestamptz,
     ADD COLUMN created_at timestamptz NOT NULL DEFAULT now(),
     ALTER COLUMN started_at DROP NOT NULL,
     DROP COLUMN instance_id,
     DROP CONSTRAINT cohort_evaluations_state,
     ADD CONSTRAINT cohort_evaluations_state CHECK (state in ('queued', 'running', 'succeeded', 'failed'))`,
  // Their lists have the names of first attempts, and one that was under way is begun anew.
  'UPDATE cohort_evaluations SET attempt = 1, created_at = started_at',
  `CREATE INDEX cohort_evaluations_unfinished ON cohort_evaluations (created_at) WHERE state in ('queued', 'running')`,
];

const DOWN = [
  'DROP INDEX cohort_evaluations_unfinished',
  `UPDATE cohort_evaluations SET started_at = coalesce(started_at, created_at),
     state = CASE WHEN state = 'queued' THEN 'running' ELSE state END`,
  `ALTER TABLE cohort_evaluations
     DROP COLUMN attempt, DROP COLUMN handed_back, DROP COLUMN leased_until, DROP COLUMN engine_lost_at, DROP COLUMN created_at,
     ALTER COLUMN started_at SET NOT NULL,
     ADD COLUMN instance_id text NOT NULL DEFAULT '',
     DROP CONSTRAINT cohort_evaluations_state,
     ADD CONSTRAINT cohort_evaluations_state CHECK (state in ('running', 'succeeded', 'failed'))`,
];
