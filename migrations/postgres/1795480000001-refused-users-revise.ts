import type { MigrationInterface, QueryRunner } from 'typeorm';

/** A change of the refused users counts up the revision of their property, by which each process keeps them. */
export class RefusedUsersRevise1795480000001 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    await runner.query(`CREATE CONSTRAINT TRIGGER refused_users_revise AFTER INSERT OR UPDATE OR DELETE ON refused_users
      DEFERRABLE INITIALLY DEFERRED FOR EACH ROW EXECUTE FUNCTION revise_property()`);
  }

  async down(runner: QueryRunner): Promise<void> {
    await runner.query('DROP TRIGGER refused_users_revise ON refused_users');
  }
}
