import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Rows of small batches between their commit and the engine. */
export class EventJournal1795480000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE TABLE event_journal (
      property_id text NOT NULL,
      first_seq bigint NOT NULL,
      last_seq bigint NOT NULL,
      property_number integer NOT NULL,
      has_finer_times boolean NOT NULL,
      rows bytea NOT NULL,
      taken_by text,
      created_at timestamptz NOT NULL DEFAULT now(),
      PRIMARY KEY (property_id, first_seq)
    )`);
    // The rows are packed binary already, and gone a second later.
    await runner.query('ALTER TABLE event_journal ALTER COLUMN rows SET STORAGE EXTERNAL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE event_journal');
  }
}
