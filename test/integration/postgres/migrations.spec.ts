import { readdirSync } from 'node:fs';
import { basename, join } from 'node:path';
import { DataSource } from 'typeorm';
import { ENTITIES } from '../../../src/entities.js';
import { migratingOptions, MIGRATIONS } from '../../../src/migrate-all.js';
import { dataSourceOptions, refuseLaterDatabase } from '../../../src/stores/postgres/data-source.js';
import { migrateDatabase, startTestDatabase, type TestDatabase } from '../../support/embedded-postgres.js';
import { PACKAGE_ROOT } from '../../support/source-files.js';

/**
 * The statements that would bring the database to the entities: none after the migrations. Does not see a changed WHERE
 * of a partial index, nor tables without an entity.
 */
async function drift(dataSource: DataSource): Promise<string[]> {
  const { upQueries } = await dataSource.driver.createSchemaBuilder().log();
  return upQueries.map(({ query }) => query);
}

describe('migrations of the database', () => {
  let empty: TestDatabase;
  let opened: DataSource[] = [];

  const open = async (): Promise<DataSource> => {
    const dataSource = await new DataSource(migratingOptions(empty.url)).initialize();
    opened.push(dataSource);
    return dataSource;
  };

  beforeEach(async () => {
    empty = await startTestDatabase({ isMigrated: false });
  });

  afterEach(async () => {
    await Promise.all(opened.map((dataSource) => dataSource.destroy()));
    opened = [];
    await empty.stop();
  });

  it('are listed, each file once, in order', () => {
    const files = readdirSync(join(PACKAGE_ROOT, 'migrations/postgres')).toSorted();
    const named = MIGRATIONS.map(({ name }) => name.replace(/^(.*?)(\d+)$/, '$2-$1').toLowerCase());
    expect(named).toEqual(files.map((file) => basename(file, '.ts').replaceAll(/(?<=[a-z])-/g, '')));
  });

  it('make the tables that the entities describe', async () => {
    const dataSource = await open();
    expect(await drift(dataSource)).not.toEqual([]);
    await migrateDatabase(dataSource);
    expect(await drift(dataSource)).toEqual([]);
  });

  it('give partial indexes the conditions that the entities name', async () => {
    const dataSource = await open();
    await migrateDatabase(dataSource);
    const rows: { name: string; condition: string }[] = await dataSource.query(
      'SELECT indexrelid::regclass::text AS name, pg_get_expr(indpred, indrelid) AS condition FROM pg_index WHERE indpred IS NOT NULL',
    );
    const made = rows
      .filter(({ name }) => !name.startsWith('pg_'))
      .map(({ name, condition }) => [name, words(condition)]);
    const wanted = dataSource.entityMetadatas.flatMap(({ indices }) =>
      indices.filter(({ where }) => where).map(({ name, where }) => [name, words(where ?? '')]),
    );
    expect(made.toSorted()).toEqual(wanted.toSorted());
  });

  it('are refused on a database that a later program has changed, before anything is done', async () => {
    const dataSource = await open();
    await refuseLaterDatabase(dataSource);
    await migrateDatabase(dataSource);
    await refuseLaterDatabase(dataSource);
    await dataSource.query(`INSERT INTO schema_migrations (timestamp, name) VALUES (99, 'Later99'), (98, 'Later98')`);
    await expect(refuseLaterDatabase(dataSource)).rejects.toMatchObject({
      exitCode: 78,
      problems: [expect.stringMatching(/^The database was .*later Muster, with the migration Later98 and 1 more/)],
    });
  });

  it('have nothing to do the second time', async () => {
    const dataSource = await open();
    expect(await migrateDatabase(dataSource)).toEqual(MIGRATIONS.map(({ name }) => name));
    expect(await migrateDatabase(dataSource)).toEqual([]);
  });

  it('can be taken back', async () => {
    const dataSource = await open();
    await migrateDatabase(dataSource);
    for (const _ of MIGRATIONS) await dataSource.undoLastMigration();
    expect(await migrateDatabase(dataSource)).toEqual(MIGRATIONS.map(({ name }) => name));
  });

  it('run once when three processes start together', async () => {
    const three = await Promise.all([open(), open(), open()]);
    const ran = await Promise.all(three.map(migrateDatabase));
    expect(ran.flat()).toEqual(MIGRATIONS.map(({ name }) => name));
  });

  it('leave a database that the application can open by its socket URL', async () => {
    await migrateDatabase(await open());
    const dataSource = await new DataSource(dataSourceOptions(empty.url, ENTITIES)).initialize();
    opened.push(dataSource);
    expect(await dataSource.query('SELECT count(*)::integer AS n FROM accounts')).toEqual([{ n: 0 }]);
    const [limit] = await dataSource.query('SHOW idle_in_transaction_session_timeout');
    expect(limit).toEqual({ idle_in_transaction_session_timeout: '30s' });
  });
});

/** PostgreSQL writes a condition in its own words: the quoted and plain names in it are the same. */
const words = (condition: string): string[] =>
  [...new Set(condition.match(/'\w+'|\b[a-z_]+\b/g))]
    .filter((word) => !['in', 'any', 'array', 'text'].includes(word))
    .toSorted();
