import type { PlannedMetric, RunPlan, RunTarget } from '../core/request/run-plan.js';
import type { CompiledQuery } from './compiled-query.js';
import { dateTime, EARLIEST_MS, int64Ms, LATEST_MS } from './engine-time.js';
import { compileFacts, compileTables } from './facts.js';
import { metricSql } from './metric-sql.js';
import { ParamList } from './param-list.js';
import { compilePeople } from './people.js';
import { compileWindows } from './windows.js';

/**
 * Above this the engine gathers users on disk instead of in memory: a run over more events than fit becomes slower, about twice, and does not fail. Well below
 * the default memory limit of a query, of which the rest is for reading and writing.
 */
const SPILL_BYTES = 400_000_000;

/**
 * The statement that measures a run and stores a row for each user of its cohort: numbers and reasons in the order of the metric's columns. Equal plans and
 * targets give equal text. One pass over the events and no join, see decision 0005.
 *
 * @throws Error for a plan that needs a birth and names none
 */
export function compileRun(plan: RunPlan, target: RunTarget): CompiledQuery {
  if (plan.birth.kind === 'none' && (plan.window.kind === 'since_birth' || plan.births)) {
    throw new Error('A window since birth and a range of births need a birth');
  }
  const params = new ParamList();
  const kept = (['maps', 'sets'] as const).filter((name) => metricSql(plan.metric)[name] !== undefined);
  // ClickHouse: FINAL needs no merge across partitions, as a partition follows from the identity.
  const sql = `INSERT INTO run_values (run_id, attempt, user_id, numbers, reasons, next_change${kept.map((name) => `, ${name}`).join('')})
WITH
    ${[...constants(plan, params), ...compileTables(plan, params)].join(',\n    ')},
facts AS (
    ${compileFacts(plan, params)}
),
people AS (
    ${compilePeople(plan, params)}
),
windows AS (
    ${compileWindows(plan, params)}
),
answers AS (
    ${compileAnswers(plan.metric)}
)
SELECT
    ${params.add('String', target.runId)},
    ${params.add('UInt16', target.attempt)},
    user_id,
    arrayMap((number, reason) -> if(reason = '', number, 0), numbers, reasons),
    reasons,
    ${[NEXT_CHANGE, ...kept].join(',\n    ')}
FROM answers
SETTINGS do_not_merge_across_partitions_select_final = 1, max_bytes_before_external_group_by = ${SPILL_BYTES}`;
  return { sql, params: params.values };
}

// ClickHouse: least() and greatest() pass NULLs over.
const NEXT_CHANGE = `if(next_change_ms IS NULL, NULL, fromUnixTimestamp64Milli(least(greatest(next_change_ms, ${EARLIEST_MS}), ${LATEST_MS}), 'UTC'))`;

function constants({ propertyNumber, dataVersion, asOfMs, cohort }: RunPlan, params: ParamList): string[] {
  const common = [
    `${params.add('UInt32', propertyNumber)} AS property_number`,
    `${params.add('UInt64', dataVersion)} AS data_version`,
    `${int64Ms(asOfMs, params)} AS as_of_ms`,
    `${dateTime(asOfMs, params)} AS as_of`,
  ];
  if (cohort.kind === 'all') return common;
  const hash = params.add('String', cohort.setHash);
  const members = `SELECT user_id FROM member_sets WHERE property = property_number AND set_hash = ${hash}`;
  return [...common, `cohort AS (${members})`];
}

function compileAnswers(metric: PlannedMetric): string {
  const { numbers, reasons, maps, sets } = metricSql(metric);
  const kept = [...(maps ? [`${maps} AS maps`] : []), ...(sets ? [`${sets} AS sets`] : [])];
  return `SELECT user_id, next_change_ms,
        ${numbers} AS numbers,
        ${[`${reasons} AS reasons`, ...kept].join(',\n        ')}
    FROM windows`;
}
