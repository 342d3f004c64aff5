import type { MigrationInterface, QueryRunner } from 'typeorm';

/** The audit log. Its rows cannot be changed, nor removed before they are 30 days old, by a statement of any role. */
export class Audit1795501000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

const UP = [
  `CREATE TABLE audit_entries (
    id text PRIMARY KEY,
    account_id text NOT NULL,
    at timestamptz NOT NULL DEFAULT now(),
    actor text,
    action text NOT NULL,
    property_id text,
    thing text,
    network text,
    request_id text,
    status integer NOT NULL
  )`,
  'CREATE INDEX audit_entries_account_id_id_idx ON audit_entries (account_id, id)',
  'CREATE INDEX audit_entries_at_idx ON audit_entries (at)',
  `CREATE FUNCTION refuse_change_of_audit() RETURNS trigger LANGUAGE plpgsql AS $$
    BEGIN
      IF TG_OP = 'DELETE' THEN
        IF OLD.at < now() - interval '30 days' THEN RETURN OLD; END IF;
      END IF;
      RAISE EXCEPTION 'the audit log is append-only';
    END $$`,
  `CREATE TRIGGER audit_entries_append_only BEFORE UPDATE OR DELETE ON audit_entries
     FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit()`,
  `CREATE TRIGGER audit_entries_no_truncate BEFORE TRUNCATE ON audit_entries
     FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit()`,
];

const DOWN = ['DROP TABLE audit_entries', 'DROP FUNCTION refuse_change_of_audit()'];
