import type { DataSource } from 'typeorm';

/** The advisory lock of all migrations, of the database and of the engine: 'must' in ASCII. One number for the whole product. */
const MIGRATION_LOCK = 0x6d757374;

/** Does the work while no other process that shares the database does such work. Waits for its turn. */
export async function withMigrationLock<T>(dataSource: DataSource, work: () => Promise<T>): Promise<T> {
  const holder = dataSource.createQueryRunner();
  try {
    // A session's lock: it lives on this one connection, and goes with it should we die.
    await holder.query('SELECT pg_advisory_lock($1)', [MIGRATION_LOCK]);
    try {
      return await work();
    } finally {
      await holder.query('SELECT pg_advisory_unlock($1)', [MIGRATION_LOCK]);
    }
  } finally {
    await holder.release();
  }
}
