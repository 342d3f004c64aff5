import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Ids of users whose items a property refuses. */
export class RefusedUsers1795450000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE refused_users (property_id text PRIMARY KEY, users jsonb NOT NULL)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE refused_users');
  }
}
