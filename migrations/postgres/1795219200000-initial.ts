import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Accounts, properties with their ingest ledger, cohorts, requests and runs. */
export class Initial1795219200000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DROP TABLE ${TABLES.join(', ')}`);
  }
}

const TABLES = [
  'accounts',
  'api_keys',
  'properties',
  'ingest_counters',
  'open_batches',
  'touched_days',
  'cohorts',
  'cohort_versions',
  'member_sets',
  'requests',
  'runs',
];

const UP = [
  `CREATE TABLE accounts (
    id text PRIMARY KEY,
    name text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,

  `CREATE TABLE api_keys (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    name text NOT NULL,
    key_hash text NOT NULL,
    hint text NOT NULL,
    role text NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE INDEX api_keys_account_id_idx ON api_keys (account_id)',
  'CREATE UNIQUE INDEX api_keys_key_hash_idx ON api_keys (key_hash)',

  `CREATE TABLE properties (
    id text PRIMARY KEY,
    number serial NOT NULL,
    account_id text NOT NULL,
    slug text NOT NULL,
    name text NOT NULL,
    time_zone text NOT NULL DEFAULT 'UTC',
    week_start text NOT NULL DEFAULT 'monday',
    created_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE UNIQUE INDEX properties_number_idx ON properties (number)',
  'CREATE UNIQUE INDEX properties_account_id_slug_idx ON properties (account_id, slug)',

  `CREATE TABLE ingest_counters (
    property_id text PRIMARY KEY,
    last_seq bigint NOT NULL DEFAULT 0,
    new_user_seq bigint NOT NULL DEFAULT 0,
    registration_seq bigint NOT NULL DEFAULT 0,
    trait_seq bigint NOT NULL DEFAULT 0
  )`,
  `CREATE TABLE open_batches (
    property_id text NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    instance_id text NOT NULL,
    opened_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (property_id, seq)
  )`,
  `CREATE TABLE touched_days (
    property_id text NOT NULL,
    kind text NOT NULL,
    day integer NOT NULL,
    seq bigint NOT NULL,
    PRIMARY KEY (property_id, kind, day)
  )`,

  `CREATE TABLE cohorts (
    id text PRIMARY KEY,
    property_id text NOT NULL,
    name text NOT NULL,
    tags text[] NOT NULL DEFAULT '{}',
    version integer NOT NULL DEFAULT 1,
    created_at timestamptz NOT NULL DEFAULT now(),
    updated_at timestamptz NOT NULL DEFAULT now()
  )`,
  'CREATE UNIQUE INDEX cohorts_property_id_name_idx ON cohorts (property_id, name)',
  `CREATE TABLE cohort_versions (
    cohort_id text NOT NULL,
    version integer NOT NULL,
    set_hash text NOT NULL,
    size integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (cohort_id, version)
  )`,
  `CREATE TABLE member_sets (
    property_id text NOT NULL,
    hash text NOT NULL,
    size integer NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    PRIMARY KEY (property_id, hash)
  )`,

  `CREATE TABLE requests (
    id text PRIMARY KEY,
    property_id text NOT NULL,
    run_id text NOT NULL,
    api_key_id text NOT NULL,
    canonical json NOT NULL,
    cohort json NOT NULL,
    created_at timestamptz NOT NULL DEFAULT now(),
    detached_at timestamptz
  )`,
  'CREATE INDEX requests_property_id_id_idx ON requests (property_id, id)',
  'CREATE INDEX requests_run_id_idx ON requests (run_id)',

  `CREATE TABLE runs (
    id text PRIMARY KEY,
    property_id text NOT NULL,
    hash text NOT NULL,
    canonical json NOT NULL,
    state text NOT NULL,
    attempt integer NOT NULL DEFAULT 0,
    handed_back integer NOT NULL DEFAULT 0,
    data_version bigint,
    as_of timestamptz,
    created_at timestamptz NOT NULL DEFAULT now(),
    started_at timestamptz,
    finished_at timestamptz,
    valid_until timestamptz,
    result json,
    error jsonb,
    CONSTRAINT runs_state CHECK (state in ('queued', 'running', 'succeeded', 'failed', 'cancelled'))
  )`,
  "CREATE INDEX runs_fresh ON runs (property_id, hash, finished_at) WHERE state = 'succeeded'",
  "CREATE INDEX runs_unfinished ON runs (property_id, hash) WHERE state in ('queued', 'running')",
];
