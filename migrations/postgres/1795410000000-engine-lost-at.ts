import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Since when work waits for an engine that is away, by the clock of the database. */
export class EngineLostAt1795410000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'cohort_uploads'])
      await runner.query(`ALTER TABLE ${table} ADD COLUMN engine_lost_at timestamptz`);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const table of ['runs', 'cohort_uploads'])
      await runner.query(`ALTER TABLE ${table} DROP COLUMN engine_lost_at`);
  }
}
