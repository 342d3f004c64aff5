import type { MigrationInterface, QueryRunner } from 'typeorm';

/** When a property was put away; null: it is in use. */
export class ArchivedProperties1795530000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE properties ADD archived_at timestamptz');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE properties DROP archived_at');
  }
}
