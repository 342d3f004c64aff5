import { Injectable, Logger, type OnApplicationBootstrap, type OnModuleDestroy } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { typeid } from 'typeid-js';
import { DEFAULT_ACTIVE_USERS } from '../../core/usage/active-users-settings.js';
import { parseDuration } from '../../core/time/duration.js';
import { Jobs } from '../../jobs/jobs.service.js';
import { Config } from '../../platform/config/config.js';
import { PeriodicTask } from '../../platform/process/periodic-task.js';
import { takeLockIfFree } from '../../stores/postgres/advisory-locks.js';
import { ACTIVE_USERS } from './active-users-computation.entity.js';

/** Properties that one look finds; the others come with the next one. */
const AT_ONCE = 100;
const DEFAULT_EVERY_MS = parseDuration(DEFAULT_ACTIVE_USERS.every, '');

/**
 * Properties whose active users are due, longest ago first. By the database's clock: never computed; last before the
 * process started ($1: milliseconds ago); by other settings; `every` ago ($2: by default), and up to a twelfth more,
 * which the id of the last one draws; or in the future, as a clock was set back.
 */
const DUE = `
  SELECT properties.id, coalesce(own.version, 0) AS version
  FROM properties
  LEFT JOIN active_users_settings AS own ON own.property_id = properties.id
  LEFT JOIN LATERAL (
    SELECT number, state, created_at, settings_version, mod(abs(hashtext(id)::bigint), 1000) / 12000.0 AS spread
    FROM active_users_computations WHERE property_id = properties.id ORDER BY number DESC LIMIT 1
  ) AS last ON true
  WHERE last.number IS NULL OR last.state NOT IN ('queued', 'running') AND (
    last.settings_version <> coalesce(own.version, 0)
    OR last.created_at > now()
    OR last.created_at < now() - make_interval(secs => $1::float8 / 1000)
    OR last.created_at <= now() - make_interval(secs => coalesce(own.every_ms, $2::bigint) / 1000.0 * (1 + last.spread)))
  ORDER BY last.number NULLS FIRST LIMIT ${AT_ONCE}`;

const QUEUE = `
  INSERT INTO active_users_computations (id, property_id, settings_version, state)
  SELECT *, 'queued' FROM unnest($1::text[], $2::text[], $3::integer[])`;

interface DueRow {
  readonly id: string;
  readonly version: number;
}

/**
 * Has the active users of every property computed shortly after the start, and then as often as its settings say. Every
 * process that works looks; one at a time, and what one has queued no other finds due.
 */
@Injectable()
export class ActiveUsersSchedule implements OnApplicationBootstrap, OnModuleDestroy {
  private readonly startedMs = performance.now();
  private readonly looking = new PeriodicTask(new Logger(ActiveUsersSchedule.name), 'active users not queued', () =>
    this.queueDue(),
  );

  constructor(
    private readonly database: DataSource,
    private readonly jobs: Jobs,
    private readonly config: Config,
  ) {}

  onApplicationBootstrap(): void {
    const { role, activeUsersEveryMs } = this.config;
    if (role === 'api' || activeUsersEveryMs === 0) return;
    this.looking.start(activeUsersEveryMs);
  }

  async onModuleDestroy(): Promise<void> {
    await this.looking.stop();
  }

  /** Queues what is due, and returns how much that was; 0 also while another process does. Never throws. */
  async look(): Promise<number> {
    return (await this.looking.round()) ?? 0;
  }

  private async queueDue(): Promise<number> {
    const ids = await this.queued();
    for (const id of ids) await this.jobs.enqueue(ACTIVE_USERS, { id });
    return ids.length;
  }

  private async queued(): Promise<string[]> {
    return await this.database.transaction(async (manager) => {
      if (!(await takeLockIfFree(manager, 'active_users', ''))) return [];
      const elapsedMs = performance.now() - this.startedMs;
      const due: DueRow[] = await manager.query(DUE, [elapsedMs, DEFAULT_EVERY_MS]);
      const ids = due.map(() => typeid('act').toString());
      if (due.length > 0) await manager.query(QUEUE, [ids, due.map(({ id }) => id), due.map(({ version }) => version)]);
      return ids;
    });
  }
}
