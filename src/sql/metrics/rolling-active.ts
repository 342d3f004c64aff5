import { ROLLING_ACTIVE, type Activity } from '../../core/metric/rolling-active.js';
import type { ParamList } from '../compiled-query.js';
import { metricCompiler } from './metric-sql.js';

const KINDS: Readonly<Record<Activity, string>> = {
  active: 'is_active',
  new: 'is_active AND birth_ms >= end_ms - u_ms',
  surviving_new: 'is_active AND was_active AND birth_ms < end_ms - u_ms AND birth_ms >= end_ms - 2 * u_ms',
  recurring_old: 'is_active AND was_active AND birth_ms < end_ms - 2 * u_ms',
  reactivated: 'is_active AND NOT was_active AND birth_ms < end_ms - u_ms',
};

/** When an event, or a birth, passes from the latest u into the one before, or out of that. */
const passes = (at: string, endMs: string): string => `${at} + if(${at} >= ${endMs} - u_ms, u_ms, 2 * u_ms) + 1`;

const BIRTH_PASSES = `if(birth_ms >= end_ms - 2 * u_ms, ${passes('birth_ms', 'end_ms')}, NULL)`;

/**
 * Measured at the row's `end_ms`, by the events in [end - 2u, end), some of them before the window: `isInside` is not
 * used. From facts the end is as_of, where these end.
 */
export const ROLLING_ACTIVE_SQL = metricCompiler(ROLLING_ACTIVE, ({ activity, n, uMs }) => {
  const u = (params: ParamList): string => `${params.add('Int64', uMs)} AS u_ms`;
  const counts = (recent: string, earlier: string, params: ParamList): readonly string[] => {
    const needed = params.add('UInt64', n);
    return [`${recent} >= ${needed} AS is_active`, `${earlier} >= ${needed} AS was_active`];
  };
  return {
    ofFacts: (params) => [
      u(params),
      ...counts(
        'countIf(matched AND at_ms >= as_of_ms - u_ms)',
        'countIf(matched AND at_ms < as_of_ms - u_ms)',
        params,
      ),
      `minOrNullIf(${passes('at_ms', 'as_of_ms')}, matched) AS next_pass_ms`,
    ],
    overlaps: true,
    inside: (params) => `at >= least(stop_ms, as_of_ms) - ${params.add('Int64', 2 * uMs)} AND at < stop_ms`,
    ofArrays: (_, params) => [
      u(params),
      'arrayFilter(at -> at >= end_ms - 2 * u_ms AND at < end_ms, times) AS looked_at',
      ...counts(
        'arrayCount(at -> at >= end_ms - u_ms, looked_at)',
        'arrayCount(at -> at < end_ms - u_ms, looked_at)',
        params,
      ),
      `arrayReduce('minOrNull', arrayMap(at -> ${passes('at', 'end_ms')}, looked_at)) AS next_pass_ms`,
    ],
    readsBounds: true,
    ofMeasures: [`${KINDS[activity]} AS is_of_kind`],
    changesAt: activity === 'active' ? 'next_pass_ms' : `least(next_pass_ms, ${BIRTH_PASSES})`,
    movesWithAsOf: true,
    numbers: ['is_of_kind'],
    reasons: ['outcome'],
    decides: ['is_of_kind'],
  };
});
