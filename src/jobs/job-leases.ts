import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { JobKind, JobTarget } from './job-kind.js';

/**
 * Not longer than the lock of a job in the queue: who gets the job of a dead worker does not have to wait for its row.
 */
const LEASE_MS = 5000;
const RENEW_MS = 1000;

/** Until when a job that is started or kept now belongs to its worker, as SQL. */
export const LEASE_END = `clock_timestamp() + interval '${LEASE_MS} milliseconds'`;

/** Whether nobody may be at work on a job, as SQL: not begun, or its worker has not said for a while that it lives. */
export function isFree({ states }: JobKind): string {
  return `(state = '${states.queued}' OR (state = '${states.running}' AND coalesce(leased_until <= clock_timestamp(), true)))`;
}

/**
 * Keeps the jobs of this process from being given to another one while it lives. The queue judges by the clocks of the
 * workers, and one that is wrong takes live jobs from all others; leases are judged by the clock of the database alone,
 * so such a job finds its row held and comes back later.
 */
@Injectable()
export class JobLeases implements OnApplicationShutdown {
  private readonly logger = new Logger(JobLeases.name);
  private readonly held = new Map<JobKind, Set<JobTarget>>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** From the claim to the end of the attempt. Returns what ends it; the lease then runs out by itself. */
  hold(kind: JobKind, target: JobTarget): () => void {
    const targets = this.held.get(kind) ?? new Set();
    this.held.set(kind, targets.add(target));
    this.timer ??= setInterval(() => void this.renew(), RENEW_MS).unref();
    return () => {
      targets.delete(target);
      if ([...this.held.values()].some(({ size }) => size > 0)) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  /** How long the job still belongs to a worker; 0: it is free or has its end. */
  async leftMs(kind: JobKind, id: string): Promise<number> {
    const rows: { ms: number }[] = await this.dataSource.query(
      `SELECT extract(epoch FROM leased_until - clock_timestamp())::float8 * 1000 AS ms
       FROM ${kind.table} WHERE id = $1 AND state = '${kind.states.running}' AND NOT ${isFree(kind)}`,
      [id],
    );
    return Math.max(0, Math.ceil(rows[0]?.ms ?? 0));
  }

  private async renew(): Promise<void> {
    await Promise.all([...this.held].map(([kind, targets]) => this.renewAll(kind, [...targets])));
  }

  /** Never throws: a lease outlives some of its renewals. */
  private async renewAll({ name, table, states }: JobKind, targets: readonly JobTarget[]): Promise<void> {
    if (targets.length === 0) return;
    try {
      await this.dataSource.query(
        `UPDATE ${table} AS job SET leased_until = ${LEASE_END}
         FROM unnest($1::text[], $2::integer[]) AS held (id, attempt)
         WHERE job.id = held.id AND job.attempt = held.attempt AND state = '${states.running}'`,
        [targets.map(({ id }) => id), targets.map(({ attempt }) => attempt)],
      );
    } catch (error) {
      this.logger.warn({ msg: 'leases not renewed', kind: name, err: error });
    }
  }
}
