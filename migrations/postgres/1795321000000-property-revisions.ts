import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Counts what changes the answers of a property besides its data: cohorts, named metrics, new results, the property itself. */
export class PropertyRevisions1795321000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const statement of DOWN) await runner.query(statement);
  }
}

/** Deferred to the commit, so that whoever holds the row of a property waits for nothing else: no two transactions can wait for each other by it. */
function counting(table: string, events: string, when = ''): string {
  return `CREATE CONSTRAINT TRIGGER ${table}_revise AFTER ${events} ON ${table} DEFERRABLE INITIALLY DEFERRED
    FOR EACH ROW ${when} EXECUTE FUNCTION revise_property()`;
}

const UP = [
  `CREATE TABLE property_revisions (
    property_id text PRIMARY KEY,
    revision bigint NOT NULL
  )`,
  `CREATE FUNCTION revise_property() RETURNS trigger LANGUAGE plpgsql AS $$
  DECLARE
    changed_id text;
  BEGIN
    IF TG_TABLE_NAME = 'properties' THEN changed_id := NEW.id;
    ELSIF TG_OP = 'DELETE' THEN changed_id := OLD.property_id;
    ELSE changed_id := NEW.property_id;
    END IF;
    INSERT INTO property_revisions (property_id, revision) VALUES (changed_id, 1)
    ON CONFLICT (property_id) DO UPDATE SET revision = property_revisions.revision + 1;
    RETURN NULL;
  END $$`,
  counting('properties', 'INSERT OR UPDATE'),
  counting('cohorts', 'INSERT OR UPDATE OR DELETE'),
  counting('named_metrics', 'INSERT OR UPDATE OR DELETE'),
  counting('runs', 'UPDATE OF state', "WHEN (NEW.state = 'succeeded')"),
];

const DOWN = [
  ...['properties', 'cohorts', 'named_metrics', 'runs'].map((table) => `DROP TRIGGER ${table}_revise ON ${table}`),
  'DROP FUNCTION revise_property',
  'DROP TABLE property_revisions',
];
