import { Injectable } from '@nestjs/common';
import type { ActiveUsersFigures } from '../../core/usage/active-users-figures.js';
import type { ActiveUsersPlan } from '../../core/usage/active-users-plan.js';
import { compileActiveUsers, type PlaceCounts } from '../../sql/usage/compile-active-users.js';
import { readActiveUsers } from '../../sql/usage/read-active-users.js';
import { Engine, type EngineOptions, type EngineStats } from '../../stores/clickhouse/engine.js';

/** The figures of each instant of a plan, and what they took. */
export interface MeasuredActiveUsers {
  readonly figures: readonly ActiveUsersFigures[];
  readonly stats: EngineStats;
}

/** Counts active users in the engine. Throws what `Engine` throws. */
@Injectable()
export class ActiveUsersMeasurement {
  constructor(private readonly engine: Engine) {}

  async measure(plan: ActiveUsersPlan, options: EngineOptions = {}): Promise<MeasuredActiveUsers> {
    const { rows, stats } = await this.engine.rows<PlaceCounts>(compileActiveUsers(plan), options);
    const [counts] = rows;
    if (counts === undefined) throw new Error('An aggregate has one row');
    return { figures: readActiveUsers(plan, counts), stats };
  }
}
