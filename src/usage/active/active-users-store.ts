import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource, LessThan, type FindOptionsWhere } from 'typeorm';
import { Config } from '../../platform/config/config.js';
import { decodeCursor, pageOf, type Page, type PageQuery } from '../../platform/http/page.js';
import { Housekeeping } from '../../stores/postgres/housekeeping.js';
import type { ActiveUsersFigures } from '../../core/usage/active-users-figures.js';
import { ActiveUsersComputationEntity } from './active-users-computation.entity.js';

/** The newest figures of a property. */
export interface NewestFigures {
  /** The slug, or the id where properties of several accounts have one slug. */
  readonly property: string;
  readonly figures: ActiveUsersFigures;
  readonly finishedAt: Date;
}

/** A computation that has succeeded. */
export type ComputedActiveUsers = ActiveUsersComputationEntity & {
  readonly figures: ActiveUsersFigures;
  readonly asOf: Date;
  readonly dataVersion: number;
  readonly finishedAt: Date;
};

/** By the settings in force. */
const NEWEST = `
  SELECT CASE WHEN count(*) OVER (PARTITION BY slug) > 1 THEN properties.id ELSE slug END AS property,
    newest.figures, newest.finished_at AS "finishedAt"
  FROM properties
  LEFT JOIN active_users_settings AS own ON own.property_id = properties.id
  CROSS JOIN LATERAL (
    SELECT figures, finished_at FROM active_users_computations
    WHERE property_id = properties.id AND state = 'succeeded' AND settings_version = coalesce(own.version, 0)
    ORDER BY number DESC LIMIT 1
  ) AS newest
  ORDER BY property`;

/** Rows that one step of housekeeping removes. */
const BATCH = 1000;

/** Computations that ended before $1, but for the last that succeeded of each property. */
const REMOVE_OLD = `
  WITH gone AS (
    DELETE FROM active_users_computations WHERE id IN (
      SELECT old.id FROM active_users_computations AS old
      WHERE old.finished_at < $1 AND (old.state <> 'succeeded' OR EXISTS (
        SELECT 1 FROM active_users_computations AS later
        WHERE later.property_id = old.property_id AND later.number > old.number AND later.state = 'succeeded'))
      ORDER BY old.finished_at LIMIT ${BATCH} FOR UPDATE SKIP LOCKED)
    RETURNING 1)
  SELECT count(*)::integer AS n FROM gone`;

/** The figures that were computed when they were due, of whatever process; kept MUSTER_ACTIVE_USERS_KEEP_DAYS. */
@Injectable()
export class ActiveUsersStore implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly config: Config,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    const { activeUsersKeepMs } = this.config;
    if (activeUsersKeepMs === 0) return;
    this.housekeeping.add({
      kind: 'active_users',
      step: async (now) => {
        const before = new Date(now.getTime() - activeUsersKeepMs);
        const [gone]: { n: number }[] = await this.database.query(REMOVE_OLD, [before]);
        return gone?.n ?? 0;
      },
    });
  }

  /** The newest by these settings; null: none has been computed yet. */
  async newest(propertyId: string, settingsVersion: number): Promise<ComputedActiveUsers | null> {
    const [found] = await this.find({ propertyId, settingsVersion }, 1);
    return found ?? null;
  }

  /** Of every property that has some. */
  async newestOfAll(): Promise<NewestFigures[]> {
    return await this.database.query(NEWEST);
  }

  /** All that are kept, the newest first. @throws Failure invalid_parameter */
  async list(propertyId: string, { limit, cursor }: PageQuery): Promise<Page<ComputedActiveUsers>> {
    const before = Number(decodeCursor(cursor, 1)?.[0] ?? Number.MAX_SAFE_INTEGER);
    const found = await this.find({ propertyId, number: LessThan(before) }, limit + 1);
    return pageOf(found, limit, ({ number }) => [String(number)]);
  }

  private async find(
    where: FindOptionsWhere<ActiveUsersComputationEntity>,
    take: number,
  ): Promise<ComputedActiveUsers[]> {
    const found = await this.database.manager.find(ActiveUsersComputationEntity, {
      where: { ...where, state: 'succeeded' },
      order: { number: 'DESC' },
      take,
    });
    return found.filter(isComputed);
  }
}

function isComputed(row: ActiveUsersComputationEntity): row is ComputedActiveUsers {
  return row.figures !== null && row.asOf !== null && row.dataVersion !== null && row.finishedAt !== null;
}
