import type { MigrationInterface, QueryRunner } from 'typeorm';

/** What became of every ingest sequence, and what is needed to take a batch back. */
export class Batches1795460000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `ALTER TABLE open_batches
    ADD COLUMN stream_seq bigint,
    ADD COLUMN api_key_id text,
    ADD COLUMN target_seq bigint`,
  `ALTER TABLE ingest_counters
    ADD COLUMN deletion_seq bigint NOT NULL DEFAULT 0,
    ADD COLUMN deleted_seq bigint NOT NULL DEFAULT 0`,
  `CREATE TABLE batches (
    property_id text NOT NULL,
    seq bigint NOT NULL,
    kind text NOT NULL,
    stream_seq bigint NOT NULL,
    api_key_id text,
    target_seq bigint,
    opened_at timestamptz NOT NULL,
    closed_at timestamptz NOT NULL DEFAULT now(),
    accepted integer NOT NULL DEFAULT 0,
    duplicates integer NOT NULL DEFAULT 0,
    conflicting integer NOT NULL DEFAULT 0,
    rejected integer NOT NULL DEFAULT 0,
    first_ms bigint,
    last_ms bigint,
    deletion_seq bigint,
    deleted_at timestamptz,
    PRIMARY KEY (property_id, seq)
  )`,
  'CREATE INDEX batches_property_id_stream_seq_idx ON batches (property_id, stream_seq)',
  'CREATE INDEX batches_property_id_deletion_seq_idx ON batches (property_id, deletion_seq) WHERE deletion_seq IS NOT NULL',
];

const DOWN = [
  'DROP TABLE batches',
  'ALTER TABLE ingest_counters DROP COLUMN deletion_seq, DROP COLUMN deleted_seq',
  'ALTER TABLE open_batches DROP COLUMN stream_seq, DROP COLUMN api_key_id, DROP COLUMN target_seq',
];
