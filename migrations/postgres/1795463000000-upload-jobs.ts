import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Validations of uploads have the lifecycle of every job: starts that do not count are counted, and a worker holds one by a lease. */
export class UploadJobs1795463000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `ALTER TABLE cohort_uploads
     ADD COLUMN handed_back integer NOT NULL DEFAULT 0,
     ADD COLUMN leased_until timestamptz,
     ADD COLUMN queued_at timestamptz NOT NULL DEFAULT now(),
     ADD COLUMN started_at timestamptz,
     ADD COLUMN finished_at timestamptz`,
  'UPDATE cohort_uploads SET handed_back = attempt - starts, queued_at = created_at',
  'ALTER TABLE cohort_uploads DROP COLUMN starts',
];

const DOWN = [
  'ALTER TABLE cohort_uploads ADD COLUMN starts integer NOT NULL DEFAULT 0',
  'UPDATE cohort_uploads SET starts = attempt - handed_back',
  `ALTER TABLE cohort_uploads
     DROP COLUMN handed_back, DROP COLUMN leased_until, DROP COLUMN queued_at, DROP COLUMN started_at, DROP COLUMN finished_at`,
];
