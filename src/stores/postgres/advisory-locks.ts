import { createHash } from 'node:crypto';
import type { DataSource, EntityManager, QueryRunner } from 'typeorm';

/**
 * Every advisory lock that Muster takes in PostgreSQL, by name. Locks of the whole product are numbers, 'must' in ASCII
 * and after: programs of different versions share a database while an upgrade goes on, so no number is ever given to
 * anything else. A lock of one thing is its scope and the id of the thing, hashed by the server.
 */
const PRODUCT_LOCKS = {
  /** All migrations, of the database and of the engine. */
  migrations: 0x6d757374,
  /** One process at a time removes what is over. */
  housekeeping: 0x6d757378,
  /** One backup at a time. */
  backup: 0x6d757379,
} as const;
export type ProductLock = keyof typeof PRODUCT_LOCKS;

export type LockScope =
  /** Of the product, with an empty id: the first account is made once. */
  | 'first_start'
  /** Of a kind of job: one process at a time looks for jobs that the queue has lost. */
  | 'sweep'
  /** Of an account or a caller: claims take the last place among its jobs under way one after another. */
  | 'claim'
  /** Of an account: its new runs get one rank after another. */
  | 'rank'
  /** Of a property and a hash: one run is made for all who request it at once. */
  | 'run_of_hash'
  /** Of a cohort: one evaluation is made for all who request it at once. */
  | 'evaluation'
  /** Of a property: definitions of cohorts change one after another, so that no two close a circle. */
  | 'definitions'
  /** Of a run: its rows are stored once. */
  | 'user_rows'
  /** Of an account: its members change one after another, so that one owner stays. */
  | 'members'
  /** Of the product, with an empty id: one process at a time queues the active users that are due. */
  | 'active_users'
  /** Of a property: presets are taken one after another. */
  | 'presets'
  /** Of the product, with an empty id: a secret is sealed by the newest key, while another one is put in its place. */
  | 'secrets';

/** Does the work while no other process has the lock; waits for its turn. */
export async function withLock<T>(dataSource: DataSource, name: ProductLock, work: () => Promise<T>): Promise<T> {
  return await waitingFor(dataSource, productLock(name), work);
}

/** Does the work while no other process has the lock of one thing; waits for its turn. */
export async function withLockOf<T>(
  dataSource: DataSource,
  scope: LockScope,
  id: string,
  work: () => Promise<T>,
): Promise<T> {
  return await waitingFor(dataSource, { key: keySql(scope, '$1::text'), value: id }, work);
}

/** Does the work unless another process has the lock: null then. */
export async function withLockIfFree<T>(
  dataSource: DataSource,
  name: ProductLock,
  work: () => Promise<T>,
): Promise<T | null> {
  const { key, value } = productLock(name);
  return await holding(dataSource, async (holder) => {
    const [lock]: Taken[] = await holder.query(`SELECT pg_try_advisory_lock(${key}) AS mine`, [value]);
    return lock?.mine === true ? await released(holder, { key, value }, work) : null;
  });
}

/** Takes the lock of one thing until the transaction ends; waits for its turn. */
export async function takeLock(manager: EntityManager, scope: LockScope, id: string): Promise<void> {
  await manager.query(`SELECT ${lockSql(scope, '$1::text')}`, [id]);
}

/** Takes the lock of one thing until the transaction ends. False: another transaction has it. */
export async function takeLockIfFree(manager: EntityManager, scope: LockScope, id: string): Promise<boolean> {
  const [lock]: Taken[] = await manager.query(
    `SELECT pg_try_advisory_xact_lock(${keySql(scope, '$1::text')}) AS mine`,
    [id],
  );
  return lock?.mine === true;
}

/** An expression of SQL that takes the lock of one thing until the transaction ends. `id` is SQL, such as `$1`. */
export function lockSql(scope: LockScope, id: string): string {
  return `pg_advisory_xact_lock(${keySql(scope, id)})`;
}

function keySql(scope: LockScope, id: string): string {
  return `hashtextextended('${scope}/' || ${id}, 0)`;
}

/** The key of the lock that a process holds as long as it lives: 64 bits, as text since pg passes no bigint. */
export function livenessKey(processId: string): string {
  return createHash('sha256').update(`muster instance ${processId}`).digest().readBigInt64BE().toString();
}

interface Taken {
  readonly mine?: boolean;
}

/** A lock of a session: its key as SQL of `$1`, and what `$1` is. */
interface SessionLock {
  readonly key: string;
  readonly value: number | string;
}

function productLock(name: ProductLock): SessionLock {
  return { key: '$1', value: PRODUCT_LOCKS[name] };
}

async function waitingFor<T>(dataSource: DataSource, lock: SessionLock, work: () => Promise<T>): Promise<T> {
  return await holding(dataSource, async (holder) => {
    await holder.query(`SELECT pg_advisory_lock(${lock.key})`, [lock.value]);
    return await released(holder, lock, work);
  });
}

/**
 * A lock of a session lives on its one connection, and goes with it should the process die. The work may take longer
 * than a transaction may rest.
 */
async function holding<T>(dataSource: DataSource, work: (holder: QueryRunner) => Promise<T>): Promise<T> {
  const holder = dataSource.createQueryRunner();
  try {
    return await work(holder);
  } finally {
    await holder.release();
  }
}

async function released<T>(holder: QueryRunner, { key, value }: SessionLock, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } finally {
    await holder.query(`SELECT pg_advisory_unlock(${key})`, [value]);
  }
}
