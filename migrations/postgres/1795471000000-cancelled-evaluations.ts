import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Evaluations can be cancelled. */
export class CancelledEvaluations1795471000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(allow("'queued', 'running', 'succeeded', 'failed', 'cancelled'"));
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query("DELETE FROM cohort_evaluations WHERE state = 'cancelled'");
    await runner.query(allow("'queued', 'running', 'succeeded', 'failed'"));
  }
}

function allow(states: string): string {
  return `ALTER TABLE cohort_evaluations
    DROP CONSTRAINT cohort_evaluations_state,
    ADD CONSTRAINT cohort_evaluations_state CHECK (state in (${states}))`;
}
