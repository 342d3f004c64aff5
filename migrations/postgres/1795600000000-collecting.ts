import type { MigrationInterface, QueryRunner } from 'typeorm';

/** Collecting: settings by property, what is noted of orders, sessions and clocks, and keys of days by which visitors are hidden. */
export class Collecting1795600000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query('CREATE TABLE collect_settings (property_id text PRIMARY KEY, settings jsonb NOT NULL)');
    await runner.query(`CREATE CONSTRAINT TRIGGER collect_settings_revise AFTER INSERT OR UPDATE OR DELETE ON collect_settings
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION revise_property()`);
    await runner.query(`CREATE TABLE collect_notes (
      property_id text NOT NULL,
      kind text NOT NULL,
      key bytea NOT NULL,
      value jsonb NOT NULL,
      ends_at timestamptz,
      PRIMARY KEY (property_id, kind, key)
    )`);
    await runner.query('CREATE INDEX collect_notes_ends_at ON collect_notes (ends_at) WHERE ends_at IS NOT NULL');
    // One table for keys of all purposes, so that there is one way in which they are destroyed.
    await runner.query('ALTER TABLE usage_day_keys RENAME TO day_keys');
    await runner.query(`ALTER TABLE day_keys ADD purpose text NOT NULL DEFAULT 'usage', ADD ends_at timestamptz`);
    await runner.query('ALTER TABLE day_keys DROP CONSTRAINT usage_day_keys_pkey');
    await runner.query('ALTER TABLE day_keys ADD PRIMARY KEY (purpose, property, day)');
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query(`DELETE FROM day_keys WHERE purpose <> 'usage'`);
    await runner.query('ALTER TABLE day_keys DROP CONSTRAINT day_keys_pkey');
    await runner.query('ALTER TABLE day_keys DROP purpose, DROP ends_at');
    await runner.query('ALTER TABLE day_keys RENAME TO usage_day_keys');
    await runner.query('ALTER TABLE usage_day_keys ADD PRIMARY KEY (property, day)');
    await runner.query('DROP TABLE collect_notes');
    await runner.query('DROP TABLE collect_settings');
  }
}
