import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What callers have used in the second under way. After a crash it is empty, as it may be. */
export class RateCounters1795510000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE UNLOGGED TABLE rate_counters (
      key character varying(255) PRIMARY KEY,
      points integer NOT NULL DEFAULT 0,
      expire bigint
    )`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE rate_counters');
  }
}
