import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Persons who sign in, what they may do in an account, how they are invited, and their sessions. */
export class Members1795502000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE persons (
    id text PRIMARY KEY,
    email text NOT NULL,
    name text NOT NULL,
    password_hash text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE UNIQUE INDEX persons_email_idx ON persons (email)',

  `CREATE TABLE members (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    person_id text NOT NULL,
    role text,
    grants text[],
    properties json NOT NULL DEFAULT '[]',
    created_by text,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE UNIQUE INDEX members_account_id_person_id_idx ON members (account_id, person_id)',
  'CREATE INDEX members_person_id_idx ON members (person_id)',

  `CREATE TABLE invitations (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    email text,
    role text,
    grants text[],
    properties json NOT NULL DEFAULT '[]',
    token_hash text NOT NULL,
    expires_at timestamptz NOT NULL,
    accepted_at timestamptz,
    created_by text,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE UNIQUE INDEX invitations_token_hash_idx ON invitations (token_hash)',
  'CREATE INDEX invitations_account_id_id_idx ON invitations (account_id, id)',

  `CREATE TABLE sessions (
    id text PRIMARY KEY,
    token_hash text NOT NULL,
    person_id text NOT NULL,
    account_id text NOT NULL,
    network text,
    agent text NOT NULL,
    last_seen_at timestamptz NOT NULL DEFAULT now(),
    ends_at timestamptz NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE UNIQUE INDEX sessions_token_hash_idx ON sessions (token_hash)',
  'CREATE INDEX sessions_person_id_idx ON sessions (person_id)',
  'CREATE INDEX sessions_ends_at_idx ON sessions (ends_at)',

  `CREATE TABLE sign_in_failures (
    bucket text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    id text PRIMARY KEY
  )`,
  'CREATE INDEX sign_in_failures_bucket_at_idx ON sign_in_failures (bucket, at)',
  'CREATE INDEX sign_in_failures_at_idx ON sign_in_failures (at)',
];

const DOWN = ['sign_in_failures', 'sessions', 'invitations', 'members', 'persons'].map(
  (table) => `DROP TABLE ${table}`,
);
