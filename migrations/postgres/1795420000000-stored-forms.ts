import type { MigrationInterface, QueryRunner } from 'typeorm';

/** In which form each row holds its JSON. What was stored before forms were told is of the defaults, but for requests that have no series. */
export class StoredForms1795420000000 implements MigrationInterface {
  async up(runner: QueryRunner): Promise<void> {
    for (const statement of UP) await runner.query(statement);
  }

  async down(runner: QueryRunner): Promise<void> {
    for (const [table] of TABLES) await runner.query(`ALTER TABLE ${table} DROP COLUMN form`);
  }
}

/** With the form of rows of programs that tell none. */
const TABLES = [
  ['requests', 2],
  ['runs', 2],
  ['cohort_versions', 1],
  ['named_metric_versions', 1],
] as const;

const UP = [
  ...TABLES.map(([table, form]) => `ALTER TABLE ${table} ADD COLUMN form integer NOT NULL DEFAULT ${form}`),
  `UPDATE requests SET form = 1 WHERE canonical -> 'series' IS NULL`,
  `UPDATE runs SET form = 1 WHERE canonical -> 'series' IS NULL`,
];
