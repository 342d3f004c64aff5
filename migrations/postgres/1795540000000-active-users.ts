import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What properties call active users, and the figures that are computed again and again, as jobs. */
export class ActiveUsers1795540000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TABLE active_users_computations');
    await runner.query('DROP TABLE active_users_settings');
  }
}

const UP = [
  `CREATE TABLE active_users_settings (
     property_id text PRIMARY KEY,
     version integer NOT NULL,
     settings jsonb NOT NULL,
     every_ms bigint NOT NULL
   )`,
  `CREATE TABLE active_users_computations (
     id text PRIMARY KEY,
     number bigserial NOT NULL,
     property_id text NOT NULL,
     state text NOT NULL,
     settings_version integer NOT NULL,
     data_version bigint,
     as_of timestamptz,
     created_at timestamptz NOT NULL DEFAULT now(),
     started_at timestamptz,
     finished_at timestamptz,
     attempt integer NOT NULL DEFAULT 0,
     handed_back integer NOT NULL DEFAULT 0,
     leased_until timestamptz,
     engine_lost_at timestamptz,
     figures jsonb,
     rows_read bigint,
     engine_ms double precision,
     error json,
     CONSTRAINT active_users_computations_state CHECK (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled'))
   )`,
  'CREATE INDEX ON active_users_computations (property_id, number)',
  'CREATE INDEX ON active_users_computations (finished_at)',
  `CREATE UNIQUE INDEX active_users_computations_unfinished ON active_users_computations (property_id)
     WHERE state in ('queued', 'running')`,
];
