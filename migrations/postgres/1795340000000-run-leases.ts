import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Until when a run under way belongs to its worker, by the clock of the database. */
export class RunLeases1795340000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE runs ADD COLUMN leased_until timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE runs DROP COLUMN leased_until');
  }
}
