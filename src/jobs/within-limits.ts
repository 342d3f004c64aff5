import { lockSql } from '../stores/postgres/advisory-locks.js';
import type { ClaimLimit, JobKind } from './job-kind.js';

/**
 * Claims under one limit take turns, so that no two of them take the last place: takes the locks of the job `$1`, all
 * claims in the same order.
 */
export function turnsSql({ table }: JobKind, limits: readonly ClaimLimit[]): string {
  return `SELECT ${limits.map(({ per }) => lockSql('claim', per)).join(', ')} FROM ${table} WHERE id = $1`;
}

/** Whether a queued row, which is called `job`, may be started by all limits, as SQL. */
export function withinLimits({ table, states }: JobKind, limits: readonly ClaimLimit[]): string {
  const each = limits.map(
    ({ per, jobs }) =>
      `(SELECT count(*) FROM ${table} AS other WHERE other.${per} = job.${per} AND other.state = '${states.running}') < ${jobs}`,
  );
  return each.length === 0 ? 'true' : each.join(' AND ');
}
