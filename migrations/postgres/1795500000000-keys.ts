import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Keys with roles, grants, properties, expiry and several secrets; the admin key becomes an owner's. */
export class Keys1795500000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE api_key_secrets (
    key_hash text PRIMARY KEY,
    key_id text NOT NULL,
    hint text NOT NULL,
    ends_at timestamptz,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE INDEX api_key_secrets_key_id_idx ON api_key_secrets (key_id)',
  `INSERT INTO api_key_secrets (key_hash, key_id, hint, created_at) SELECT key_hash, id, hint, created_at FROM api_keys`,
  `ALTER TABLE api_keys
     DROP COLUMN key_hash,
     DROP COLUMN hint,
     ALTER COLUMN role DROP NOT NULL,
     ADD COLUMN kind text NOT NULL DEFAULT 'secret',
     ADD COLUMN grants text[],
     ADD COLUMN properties text[],
     ADD COLUMN origins text[],
     ADD COLUMN expires_at timestamptz,
     ADD COLUMN revoked_at timestamptz,
     ADD COLUMN last_used_at timestamptz,
     ADD COLUMN created_by text`,
  `UPDATE api_keys SET role = 'owner' WHERE role = 'admin'`,
];

const DOWN = [
  'ALTER TABLE api_keys ADD COLUMN key_hash text, ADD COLUMN hint text',
  `UPDATE api_keys SET (key_hash, hint) =
     (SELECT key_hash, hint FROM api_key_secrets WHERE key_id = api_keys.id AND ends_at IS NULL)`,
  `DELETE FROM api_keys WHERE kind <> 'secret' OR revoked_at IS NOT NULL OR role IS DISTINCT FROM 'owner'`,
  `UPDATE api_keys SET role = 'admin'`,
  `ALTER TABLE api_keys
     ALTER COLUMN key_hash SET NOT NULL,
     ALTER COLUMN hint SET NOT NULL,
     ALTER COLUMN role SET NOT NULL,
     DROP COLUMN kind, DROP COLUMN grants, DROP COLUMN properties, DROP COLUMN origins, DROP COLUMN expires_at,
     DROP COLUMN revoked_at, DROP COLUMN last_used_at, DROP COLUMN created_by`,
  'CREATE UNIQUE INDEX api_keys_key_hash_idx ON api_keys (key_hash)',
  'DROP TABLE api_key_secrets',
];
