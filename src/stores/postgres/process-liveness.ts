import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { OnApplicationShutdown } from '@nestjs/common';
import { Client } from 'pg';
import { Failure } from '../../core/failure.js';
import { livenessKey } from './advisory-locks.js';

const RECONNECT_MS = 250;
/** A live process that lost its connection has taken its lock again by then, if the database can be reached at all. */
const DOUBT_MS = 2_000;

export interface LivenessOptions {
  /** The database is used by this process alone: an earlier one is dead, without a second look. */
  readonly isAlone?: boolean;
}

/**
 * This process, to the others that share the database. It lives as long as it holds a session's advisory lock named
 * after its id, on a connection of its own: the server frees the lock when the process dies in whatever way, and no
 * clock is involved.
 */
export class ProcessLiveness implements OnApplicationShutdown {
  readonly id = randomUUID();
  private client: Client | undefined;
  private isClosed = false;

  private constructor(
    private readonly databaseUrl: string,
    private readonly isAlone: boolean,
  ) {}

  /** Resolves when others can see that this process lives. */
  static async start(databaseUrl: string, { isAlone = false }: LivenessOptions = {}): Promise<ProcessLiveness> {
    const instance = new ProcessLiveness(databaseUrl, isAlone);
    await instance.connect();
    return instance;
  }

  /** Whether the process of that id lives. Throws `database_unavailable` when that cannot be found out. */
  async isAlive(id: string): Promise<boolean> {
    if (id === this.id || (await this.isLocked(id))) return true;
    if (this.isAlone) return false;
    await sleep(DOUBT_MS);
    return this.isLocked(id);
  }

  async onApplicationShutdown(): Promise<void> {
    await this.close();
  }

  async close(): Promise<void> {
    this.isClosed = true;
    await this.client?.end();
  }

  private async connect(): Promise<void> {
    const client = new Client({
      connectionString: this.databaseUrl,
      application_name: 'muster instance',
      keepAlive: true,
    });
    // Without a listener, a lost connection would end the process.
    client.on('error', () => undefined);
    client.once('end', () => void this.reconnect(client));
    await client.connect();
    await client.query('SELECT pg_advisory_lock($1)', [livenessKey(this.id)]);
    this.client = client;
  }

  private async reconnect(lost: Client): Promise<void> {
    if (this.client !== lost) return;
    this.client = undefined;
    while (!this.isClosed && !this.client) {
      await this.connect().catch(() => sleep(RECONNECT_MS, undefined, { ref: false }));
    }
    if (this.isClosed) await this.close();
  }

  private async isLocked(id: string): Promise<boolean> {
    if (!this.client) throw new Failure('database_unavailable');
    try {
      const { rowCount } = await this.client.query(HELD, [livenessKey(id)]);
      return rowCount === 1;
    } catch (error) {
      throw Object.assign(new Failure('database_unavailable'), { cause: error });
    }
  }
}

/** pg_locks shows the two halves of a 64-bit advisory lock as unsigned numbers. */
const HELD = `
  SELECT 1 FROM pg_locks
  WHERE locktype = 'advisory' AND granted AND objsubid = 1
    AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
    AND classid = (($1::bigint >> 32) & 4294967295)::oid AND objid = ($1::bigint & 4294967295)::oid`;
