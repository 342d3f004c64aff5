import type { MigrationInterface, QueryRunner } from 'typeorm';

/** How far days have become months: settings alone do not tell once they were changed. */
export class UsageDaysFrom1795550000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE usage_counters ADD COLUMN days_from date');
    await runner.query('UPDATE usage_counters SET days_from = least(base_from, open_day - days)');
    await runner.query('ALTER TABLE usage_counters ALTER COLUMN days_from SET NOT NULL');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE usage_counters DROP COLUMN days_from');
  }
}
