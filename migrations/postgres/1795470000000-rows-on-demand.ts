import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The rows of the users of a run are stored when somebody reads them; those of runs until now are stored. */
export class RowsOnDemand1795470000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE runs ADD COLUMN rows_stored boolean NOT NULL DEFAULT true');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE runs DROP COLUMN rows_stored');
  }
}
