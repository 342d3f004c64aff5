import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Encrypted secrets, providers of sign-in, identities, and issuers of tokens. A person may have no password. */
export class Providers1795520000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE stored_secrets (
    owner_id text PRIMARY KEY,
    account_id text NOT NULL,
    key_id text NOT NULL,
    sealed text NOT NULL
  )`,
  'CREATE INDEX stored_secrets_account_id_idx ON stored_secrets (account_id)',

  `CREATE TABLE identity_providers (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    name text NOT NULL,
    issuer text NOT NULL,
    client_id text NOT NULL,
    domains text[] NOT NULL,
    sign_up text NOT NULL,
    role text,
    grants text[],
    properties json NOT NULL DEFAULT '[]',
    created_by text,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE INDEX identity_providers_account_id_id_idx ON identity_providers (account_id, id)',

  `CREATE TABLE identities (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    issuer text NOT NULL,
    subject text NOT NULL,
    person_id text NOT NULL,
    email text,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE UNIQUE INDEX identities_account_id_issuer_subject_idx ON identities (account_id, issuer, subject)',
  'CREATE INDEX identities_person_id_idx ON identities (person_id)',

  `CREATE TABLE provider_sign_ins (
    state_hash text PRIMARY KEY,
    browser_hash text NOT NULL,
    provider_id text NOT NULL,
    person_id text,
    nonce text NOT NULL,
    code_verifier text NOT NULL,
    return_to text NOT NULL,
    network text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE INDEX provider_sign_ins_network_created_at_idx ON provider_sign_ins (network, created_at)',
  'CREATE INDEX provider_sign_ins_created_at_idx ON provider_sign_ins (created_at)',

  `CREATE TABLE token_issuers (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    name text NOT NULL,
    issuer text NOT NULL,
    audience text NOT NULL,
    jwks_uri text NOT NULL,
    algorithms text[] NOT NULL,
    claim text NOT NULL,
    roles json NOT NULL,
    created_by text,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE UNIQUE INDEX token_issuers_issuer_audience_idx ON token_issuers (issuer, audience)',
  'CREATE INDEX token_issuers_account_id_id_idx ON token_issuers (account_id, id)',

  'ALTER TABLE sessions ADD COLUMN provider_id text',
  'CREATE INDEX sessions_provider_id_idx ON sessions (provider_id) WHERE provider_id IS NOT NULL',
  'ALTER TABLE persons ALTER COLUMN password_hash DROP NOT NULL',
];

const DOWN = [
  `UPDATE persons SET password_hash = '' WHERE password_hash IS NULL`,
  'ALTER TABLE persons ALTER COLUMN password_hash SET NOT NULL',
  'ALTER TABLE sessions DROP COLUMN provider_id',
  ...['token_issuers', 'provider_sign_ins', 'identities', 'identity_providers', 'stored_secrets'].map(
    (table) => `DROP TABLE ${table}`,
  ),
];
