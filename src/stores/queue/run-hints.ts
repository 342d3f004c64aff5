import { EventEmitter } from 'node:events';
import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type OnApplicationShutdown, type OnModuleInit } from '@nestjs/common';
import { Client } from 'pg';

/** PostgreSQL's channel on which a run's id is sent whenever its state has changed. */
export const RUNS_CHANNEL = 'muster_runs';

const RECONNECT_MS = 500;

/**
 * The one LISTEN connection of a process. What it tells are hints: they may be lost while the connection is away, or come for nothing,
 * so whoever waits for one also looks at the row now and then.
 */
@Injectable()
export class RunHints implements OnModuleInit, OnApplicationShutdown {
  private readonly logger = new Logger(RunHints.name);
  private readonly hints = new EventEmitter<{ run: [runId: string] }>();
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

  /** Calls `listener` with the id of every run whose state may have changed. Returns what ends it. */
  subscribe(listener: (runId: string) => void): () => void {
    this.hints.on('run', listener);
    return () => this.hints.off('run', listener);
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
    client.on('notification', ({ payload }) => this.hints.emit('run', payload ?? ''));
    this.client = client;
    await client.connect();
    await client.query(`LISTEN ${RUNS_CHANNEL}`);
  }

  /** The connection that failed to open also ends, which leads back here: one attempt at a time, until one holds. */
  private async reconnect(): Promise<void> {
    await sleep(RECONNECT_MS, undefined, { ref: false });
    if (this.closed) return;
    await this.listen().catch((error: Error) => this.logger.warn(`the listening connection: ${error.message}`));
  }
}
