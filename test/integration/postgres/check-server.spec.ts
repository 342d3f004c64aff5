import { checkServer } from '../../../src/stores/postgres/check-server.js';
import { startTestDatabase, type TestDatabase } from '../../support/embedded-postgres.js';

describe('checkServer', () => {
  let database: TestDatabase;

  beforeAll(async () => {
    database = await startTestDatabase({ isMigrated: false });
  });

  afterAll(() => database.stop());

  it('accepts a server whose clock is ours', async () => {
    await expect(checkServer(database.url)).resolves.toBeUndefined();
    await expect(checkServer(database.url, () => Date.now() - 4_000)).resolves.toBeUndefined();
  });

  it.each([
    [60_000, '60 s ahead of'],
    [-6_000, '6 s behind'],
  ])('refuses a clock that is %d ms off', async (offMs, how) => {
    const refused = checkServer(database.url, () => Date.now() + offMs);
    await expect(refused).rejects.toMatchObject({ exitCode: 78 });
    await expect(refused).rejects.toThrow(`The clock of this machine is ${how} the database's`);
  });

  it('says that the database cannot be reached, without its password', async () => {
    const nowhere = checkServer('postgresql://u:hunter2@127.0.0.1:1/db');
    await expect(nowhere).rejects.toMatchObject({ exitCode: 69 });
    await expect(nowhere).rejects.toThrow(/^DATABASE_URL: the database cannot be used: .*ECONNREFUSED/);
    await expect(nowhere).rejects.not.toThrow(/hunter2/);
  });
});
