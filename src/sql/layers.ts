import type { PlannedBreakdown, PlannedCohort, RunPlan, RunTarget } from '../core/request/run-plan.js';
import { compileBounds, compileGroups, compileSpread, hasCells, keptGroup } from './cells.js';
import { dateTime, int64Ms, type ParamList } from './compiled-query.js';
import { traitGroup } from './fact-columns.js';
import { compileBorn, compileFacts, compilePeople, compileTables, traitsRead } from './facts.js';
import { metricSql } from './metrics/catalogue.js';
import { compileWindows } from './windows.js';

/** A named SELECT, built on the ones before. */
export type Layer = readonly [name: string, select: string];

/**
 * `WITH` and the layers that `build` makes, after the constants and tables that they look at; parameters are numbered
 * in this order.
 * @throws Error for a plan that needs a birth and names none
 */
export function compileLayers(
  plan: RunPlan,
  target: RunTarget,
  params: ParamList,
  build: () => readonly Layer[],
): string {
  if (plan.birth.kind === 'none' && (plan.window.kind === 'since_birth' || plan.births)) {
    throw new Error('A window since birth and a range of births need a birth');
  }
  const named = [...constants(plan, target, params), ...compileTables(plan, params)];
  const layers = build().map(([name, select]) => `${name} AS (\n    ${select}\n)`);
  return `WITH
    ${named.join(',\n    ')},
${layers.join(',\n')}`;
}

/** The users of a run, a row for each: the facts, gathered by user (`people`), and the births (`born`). */
export function userLayers(plan: RunPlan, params: ParamList): readonly Layer[] {
  return [
    ['facts', compileFacts(plan, params)],
    ['people', compilePeople(plan, params)],
    ['born', compileBorn(plan, params)],
  ];
}

/** From the users to `windows`: a row with its measures for each user, cell and group of events. */
export function windowLayers(plan: RunPlan, params: ParamList): readonly Layer[] {
  const found: Layer[] = [];
  if (hasCells(plan)) {
    found.push(
      ['spread', compileSpread(plan, metricSql(plan.metric), params)],
      ['cells', compileBounds(plan, params, 'spread')],
    );
  }
  if (plan.breakdown?.of === 'property')
    found.push(['grouped', compileGroups(plan, metricSql(plan.metric), 'cells', params)]);
  found.push(['windows', compileWindows(plan, params)]);
  return found;
}

/** What a row is beside its user's. */
export function keysOf({ cells, breakdown }: RunPlan): readonly ('cell' | 'group_code')[] {
  return [...(cells ? (['cell'] as const) : []), ...(breakdown ? (['group_code'] as const) : [])];
}

/** The columns of users that `copies` looks at. */
export function copiedBy(plan: RunPlan): readonly string[] {
  const { cells, breakdown } = plan;
  return [
    ...(breakdown?.of === 'trait' ? [traitGroup(breakdown.name, traitsRead(plan))] : []),
    ...(cells?.by === 'birth' && cells.ages === null ? ['slice'] : []),
  ];
}

/**
 * A slice of births without ages, and a group of users, consist of whole windows: their users' rows stand for both.
 */
export function copies(plan: RunPlan, params: ParamList): string {
  const { cells, breakdown } = plan;
  const bySlice = cells?.by === 'birth' && cells.ages === null;
  const joined = [
    ...(bySlice ? [['if(slice < 0, [0], [0, slice + 1])', 'cell']] : []),
    ...(breakdown?.of === 'trait' ? [[traitGroups(breakdown, traitsRead(plan), params), 'group_code']] : []),
  ];
  return joined.map(([array, name]) => `\nARRAY JOIN ${array} AS ${name}`).join('');
}

/** A user counts among all users, and in the group of the user's trait unless that group is left out. */
function traitGroups(breakdown: PlannedBreakdown, traits: readonly string[], params: ParamList): string {
  const group = keptGroup(`concat(':', ${traitGroup(breakdown.name, traits)})`, breakdown, params);
  return breakdown.top?.rest === false ? `arrayDistinct(['', ${group}])` : `['', ${group}]`;
}

function constants(
  { propertyNumber, dataVersion, asOfMs, cohort }: RunPlan,
  target: RunTarget,
  params: ParamList,
): string[] {
  const common = [
    `${params.add('UInt32', propertyNumber)} AS property_number`,
    `${params.add('UInt64', dataVersion)} AS data_version`,
    `${int64Ms(asOfMs, params)} AS as_of_ms`,
    `${dateTime(asOfMs, params)} AS as_of`,
  ];
  if (cohort.kind === 'all') return common;
  return [...common, `cohort AS (${compileMembers(cohort, target, params)})`];
}

/** Of a definition they are written down before (`compileRunCohort`). */
function compileMembers(cohort: Exclude<PlannedCohort, { kind: 'all' }>, target: RunTarget, params: ParamList): string {
  if (cohort.kind === 'members') {
    const hash = params.add('String', cohort.setHash);
    return `SELECT user_id FROM member_sets WHERE property = property_number AND set_hash = ${hash}`;
  }
  const [run, attempt] = [params.add('String', target.runId), params.add('UInt16', target.attempt)];
  return `SELECT user_id FROM run_cohorts WHERE run_id = ${run} AND attempt = ${attempt}`;
}
