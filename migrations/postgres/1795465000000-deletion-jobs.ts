import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Deletions of properties are jobs: one that was under way is taken up by a worker. */
export class DeletionJobs1795465000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `ALTER TABLE property_deletions
     ADD COLUMN state text NOT NULL DEFAULT 'queued',
     ADD COLUMN attempt integer NOT NULL DEFAULT 0,
     ADD COLUMN handed_back integer NOT NULL DEFAULT 0,
     ADD COLUMN leased_until timestamptz,
     ADD COLUMN engine_lost_at timestamptz,
     ADD COLUMN started_at timestamptz,
     ADD COLUMN error json,
     DROP COLUMN instance_id`,
  `UPDATE property_deletions SET state = 'succeeded', attempt = 1 WHERE finished_at IS NOT NULL`,
  `ALTER TABLE property_deletions
     ALTER COLUMN state DROP DEFAULT,
     ADD CONSTRAINT property_deletions_state CHECK (state in ('queued', 'running', 'succeeded'))`,
  `CREATE INDEX property_deletions_unfinished ON property_deletions (created_at) WHERE state in ('queued', 'running')`,
];

const DOWN = [
  'DROP INDEX property_deletions_unfinished',
  `ALTER TABLE property_deletions
     DROP COLUMN state, DROP COLUMN attempt, DROP COLUMN handed_back, DROP COLUMN leased_until, DROP COLUMN engine_lost_at,
     DROP COLUMN started_at, DROP COLUMN error, ADD COLUMN instance_id text NOT NULL DEFAULT ''`,
];
