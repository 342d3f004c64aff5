import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The place of a run among the queued is its rank. */
export class RankOfRuns1795462000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE runs RENAME COLUMN turn TO rank');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE runs RENAME COLUMN rank TO turn');
  }
}
