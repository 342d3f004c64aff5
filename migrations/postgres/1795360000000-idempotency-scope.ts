import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys of calls that belong to no property, and the entity tag of a kept answer. */
export class IdempotencyScope1795360000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE idempotency_keys RENAME COLUMN property_id TO scope');
    await runner.query('ALTER TABLE idempotency_keys ADD COLUMN etag text');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('ALTER TABLE idempotency_keys DROP COLUMN etag');
    await runner.query('ALTER TABLE idempotency_keys RENAME COLUMN scope TO property_id');
  }
}
