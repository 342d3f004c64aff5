import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Who has requested a run first: runs at once are counted by caller too. */
export class CallersOfRuns1795530000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE runs ADD caller_id text');
    await runner.query(`CREATE INDEX runs_of_caller ON runs (caller_id, rank) WHERE state IN ('queued', 'running')`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP INDEX runs_of_caller');
    await runner.query('ALTER TABLE runs DROP caller_id');
  }
}
