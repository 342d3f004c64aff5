import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What an upload was read from, to be shown where nobody in it is known. */
export class FirstCellsOfUploads1795450000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(
      `ALTER TABLE cohort_uploads ADD COLUMN column_name text, ADD COLUMN first_texts json NOT NULL DEFAULT '[]'`,
    );
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE cohort_uploads DROP COLUMN column_name, DROP COLUMN first_texts');
  }
}
