import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Client } from 'pg';

const CHANNEL = 'muster_jobs';

/**
 * An expression of SQL for a statement that changes a job: PostgreSQL sends the hint when the change is committed. To
 * be selected from its `RETURNING id, state, attempt`. `kind` is the name of the kind.
 */
export function notifySql(kind: string): string {
  return `pg_notify('${CHANNEL}', json_build_object('kind', '${kind}', 'id', id, 'state', state, 'attempt', attempt)::text)`;
}

/** What a hint says of a job; the state as its table calls it. */
export interface JobHint {
  readonly kind: string;
  readonly id: string;
  readonly state: string;
  readonly attempt: number;
}

const RECONNECT_MS = 500;

/**
 * The one LISTEN connection of a process. What it tells are hints: they may be lost while the connection is away, or
 * come for nothing, so whoever waits for one also looks at the row now and then.
 */
@Injectable()
export class JobHints implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(JobHints.name);
  private readonly hints = new EventEmitter<{ job: [hint: JobHint] }>();
  private client: Client | undefined;
  private closed = false;

  constructor(private readonly databaseUrl: string) {
    this.hints.setMaxListeners(0);
  }

  async onModuleInit(): Promise<void> {
    await this.listen();
  }

  async onApplicationShutdown(): Promise<void> {
    this.closed = true;
    await this.client?.end();
  }

  /** Calls `listener` for every job that has changed. Returns what ends it. */
  subscribe(listener: (hint: JobHint) => void): () => void {
    this.hints.on('job', listener);
    return () => this.hints.off('job', listener);
  }

  private async listen(): Promise<void> {
    const client = new Client({
      connectionString: this.databaseUrl,
      application_name: 'muster-hints',
      keepAlive: true,
      keepAliveInitialDelayMillis: 10_000,
    });
    client.on('error', (error) => this.logger.warn(`the listening connection: ${error.message}`));
    client.once('end', () => void this.reconnect());
    client.on('notification', ({ payload }) => this.hints.emit('job', JSON.parse(payload ?? '{}') as JobHint));
    this.client = client;
    await client.connect();
    await client.query(`LISTEN ${CHANNEL}`);
  }

  /** The connection that failed to open also ends, which leads back here: one attempt at a time, until one holds. */
  private async reconnect(): Promise<void> {
    await sleep(RECONNECT_MS, undefined, { ref: false });
    if (this.closed) return;
    await this.listen().catch((error: Error) => this.logger.warn(`the listening connection: ${error.message}`));
  }
}
