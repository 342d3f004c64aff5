import { Injectable, Logger, type OnApplicationShutdown } from '@nestjs/common';
import { DataSource } from 'typeorm';
import type { RunTarget } from '../../core/request/run-plan.js';

/** Not longer than the lock of a job: who gets the job of a dead worker does not have to wait for its run. */
const LEASE_MS = 5000;
const RENEW_MS = 1000;

/** Until when a run that is started or kept now belongs to its worker, as SQL. */
export const LEASE_END = `clock_timestamp() + interval '${LEASE_MS} milliseconds'`;

/** Whether nobody may be at work on a run, as SQL: not begun, or its worker has not said for a while that it lives. */
export const IS_FREE = `(state = 'queued' OR (state = 'running' AND coalesce(leased_until <= clock_timestamp(), true)))`;

const RENEW = `
  UPDATE runs SET leased_until = ${LEASE_END}
  FROM unnest($1::text[], $2::integer[]) AS held (id, attempt)
  WHERE runs.id = held.id AND runs.attempt = held.attempt AND state = 'running'`;

/**
 * Keeps the runs of this process from being given to another one while it lives. The queue judges by the clocks of the workers, and one that is wrong takes live
 * jobs from all others; leases are judged by the clock of the database alone, so such a job finds its run held and comes back later.
 */
@Injectable()
export class RunLeases implements OnApplicationShutdown {
  private readonly logger = new Logger(RunLeases.name);
  private readonly held = new Set<RunTarget>();
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly dataSource: DataSource) {}

  onApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  /** From the claim to the end of the attempt. Returns what ends it; the lease then runs out by itself. */
  hold(target: RunTarget): () => void {
    this.held.add(target);
    this.timer ??= setInterval(() => void this.renew(), RENEW_MS).unref();
    return () => {
      this.held.delete(target);
      if (this.held.size > 0) return;
      clearInterval(this.timer);
      this.timer = undefined;
    };
  }

  /** How long the run still belongs to a worker; 0: it is free or has its end. */
  async leftMs(runId: string): Promise<number> {
    const rows: { ms: number }[] = await this.dataSource.query(
      `SELECT extract(epoch FROM leased_until - clock_timestamp())::float8 * 1000 AS ms
       FROM runs WHERE id = $1 AND state = 'running' AND NOT ${IS_FREE}`,
      [runId],
    );
    return Math.max(0, Math.ceil(rows[0]?.ms ?? 0));
  }

  private async renew(): Promise<void> {
    const held = [...this.held];
    try {
      await this.dataSource.query(RENEW, [held.map(({ runId }) => runId), held.map(({ attempt }) => attempt)]);
    } catch (error) {
      this.logger.warn({ msg: 'leases not renewed', err: error });
    }
  }
}
