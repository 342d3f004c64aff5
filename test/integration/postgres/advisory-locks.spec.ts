import { setTimeout as sleep } from 'node:timers/promises';
import { DataSource } from 'typeorm';
import { withLockOf } from '../../../src/stores/postgres/advisory-locks.js';
import { dataSourceOptions } from '../../../src/stores/postgres/data-source.js';
import { startTestDatabase, type TestDatabase } from '../../support/embedded-postgres.js';

/** Far below the time that the work takes. */
const REST_MS = 200;
const WORK_MS = 800;

describe('the lock of one thing', () => {
  let database: TestDatabase;
  let processes: DataSource[] = [];

  beforeAll(async () => {
    database = await startTestDatabase();
    const options = {
      ...dataSourceOptions(database.url, []),
      extra: { idle_in_transaction_session_timeout: REST_MS },
    };
    processes = await Promise.all([1, 2].map(() => new DataSource(options).initialize()));
  });

  afterAll(async () => {
    await Promise.all(processes.map((dataSource) => dataSource.destroy()));
    await database?.stop();
  });

  it('is held for longer than a transaction may rest, and then given to the next process', async () => {
    const [first, second] = processes as [DataSource, DataSource];
    const order: string[] = [];
    const slow = withLockOf(first, 'user_rows', 'run_1', async () => {
      order.push('first begins');
      await sleep(WORK_MS);
      order.push('first ends');
    });
    await sleep(REST_MS / 2);
    await Promise.all([
      slow,
      withLockOf(second, 'user_rows', 'run_1', () => Promise.resolve(void order.push('second'))),
      withLockOf(second, 'user_rows', 'run_2', () => Promise.resolve(void order.push('other'))),
    ]);
    expect(order).toEqual(['first begins', 'other', 'first ends', 'second']);
  });

  it('is given back where the work fails', async () => {
    const [first, second] = processes as [DataSource, DataSource];
    const failing = withLockOf(first, 'user_rows', 'run_3', () => Promise.reject(new Error('no')));
    await expect(failing).rejects.toThrow('no');
    await expect(withLockOf(second, 'user_rows', 'run_3', () => Promise.resolve(3))).resolves.toBe(3);
  });
});
