import { SESSIONS } from '../../core/metric/sessions.js';
import type { RunPlan } from '../../core/request/run-plan.js';
import { groupOf } from '../cells.js';
import type { ParamList } from '../compiled-query.js';
import { compileSelector } from '../compile-filter.js';
import type { FactColumn } from '../fact-columns.js';
import { sessionLayers } from '../session-layers.js';
import { metricCompiler, type MeasuredEvents } from './metric-sql.js';

/** What is told of a session beside its beginning. */
const TOLD = ['lasted_ms', 'session_events', 'session_pages'] as const;

/** The sessions are rows of their own, at the time of their first event; no event counts. */
export const SESSIONS_SQL = metricCompiler(SESSIONS, ({ by, page }) => ({
  facts: () => TOLD.map((name): FactColumn => ({ name, event: 'toInt64(0)', change: '0', member: '0' })),
  counts: () => 'false',
  tables: (plan, measured, params) => {
    const { event, where } = plan.selector;
    const selects = (): readonly string[] => [
      'property = property_number',
      'seq <= data_version',
      'time < as_of',
      ...measured.isMember,
    ];
    return sessionLayers(
      {
        by,
        prewhere: selects,
        where: (of) => compileSelector({ event, where }, of),
        isPage: (of) => compileSelector(page, of),
        group: groupsOf(plan),
      },
      params,
    ).concat(inReach(measured, params));
  },
  groupsApart: true,
  rows: (columns) => `SELECT ${columns.map(({ name, member }) => OWN[name] ?? member).join(', ')} FROM own_sessions`,
  ofFacts: () => [
    'countIf(matched) AS begun',
    'sumIf(session_events, matched) AS all_events',
    'sumIf(lasted_ms, matched) AS all_ms',
    'countIf(matched AND session_pages <= 1) AS bounced',
  ],
  keeps: Object.fromEntries(TOLD.map((name) => [name, `all_${name}`])),
  ofArrays: (isInside) => {
    const inside = (name: string): string =>
      isInside === null ? `all_${name}` : `arrayFilter((value, at) -> ${isInside}, all_${name}, times)`;
    return [
      `length(${inside('lasted_ms')}) AS begun`,
      `arraySum(${inside('session_events')}) AS all_events`,
      `arraySum(${inside('lasted_ms')}) AS all_ms`,
      `arrayCount(pages -> pages <= 1, ${inside('session_pages')}) AS bounced`,
    ];
  },
  ofMeasures: ['begun > 0 AS has_sessions'],
  numbers: ['begun', 'all_events', 'all_ms / 1000', 'all_ms / 1000 / begun', 'bounced'],
  reasons: [
    'outcome',
    'outcome',
    'outcome',
    `if(outcome = '' AND NOT has_sessions, 'no_denominator', outcome)`,
    'outcome',
  ],
  decides: ['has_sessions'],
  ofNone: { has_sessions: 'false' },
}));

const OWN: Readonly<Record<string, string>> = {
  user_id: 'user_id',
  known: 'true',
  at_ms: 'began_ms',
  matched: 'true',
  event_group: 'session_group',
  is_counted: 'true',
  in_cohort: 'false',
  ...Object.fromEntries(TOLD.map((name) => [name, name])),
};

function groupsOf({ breakdown }: RunPlan): ((params: ParamList) => string) | null {
  return breakdown?.of === 'property' ? (params) => groupOf(breakdown, params) : null;
}

/** The sessions that can begin in a window. */
function inReach({ isInReach }: MeasuredEvents, params: ParamList): string {
  const tests = isInReach(params, 'began_ms');
  return `own_sessions AS (
    SELECT * FROM sessions${tests.length > 0 ? ` WHERE ${tests.join(' AND ')}` : ''}
)`;
}
