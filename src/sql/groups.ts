import type { PlannedBreakdown, RunPlan } from '../core/request/run-plan.js';
import { REST_CODE } from '../core/series/group-code.js';
import { ARRAYS, keptArrays, type MetricSql } from './metric-measures.js';
import type { ParamList } from './param-list.js';
import { hasProperty, typedText } from './property-value.js';

/** The code of the group that an event belongs to: a colon, and its value with the value's type; empty: it has none. */
export function groupOf(breakdown: PlannedBreakdown, params: ParamList): string {
  const { name } = breakdown;
  const isThere = hasProperty(name, params);
  const code = `concat(':', ${typedText(params.add('String', name))})`;
  return `if(${isThere}, ${keptGroup(code, breakdown, params)}, '')`;
}

/** The code of a group that is kept; of another one that of the rest, or none. */
export function keptGroup(code: string, { top, kept }: PlannedBreakdown, params: ParamList): string {
  if (!top || !kept) return code;
  return `if((${code} AS own_group) IN ${params.add('Array(String)', kept)}, own_group, '${top.rest ? REST_CODE : ''}')`;
}

/**
 * The rows of cells once for all their events (`group_code` empty) and once for each group with an event inside the window, with its events alone. Of users who are not
 * measured there are no groups.
 */
export function compileGroups(plan: RunPlan, metric: MetricSql, params: ParamList): string {
  const arrays = keptArrays(metric, plan.breakdown);
  const marks = arrays.filter((name) => MARKS.includes(name));
  const measured = arrays.filter((name) => !MARKS.includes(name));
  const inside = metric.inside?.(params) ?? 'at >= start_ms AND at < stop_ms';
  const present = `arrayDistinct(arrayFilter((of_event, at) -> of_event != '' AND ${inside}, event_groups, times))`;
  return `SELECT * EXCEPT (${[...marks, ...measured.map((name) => `all_${name}`)].join(', ')}), group_code,
        ${measured.map((name) => `${ofGroup(`all_${name}`, marks)} AS ${name}`).join(',\n        ')}
    FROM (
        SELECT * EXCEPT (${arrays.join(', ')}), ${[...marks, ...measured.map((name) => `${name} AS all_${name}`)].join(', ')},
            if(user_reason = '', arrayPushFront(${present}, ''), ['']) AS group_codes
        FROM cells
    )
    ARRAY JOIN group_codes AS group_code`;
}

const MARKS: readonly string[] = [ARRAYS.event_group, ARRAYS.is_counted];

/** Of an array what belongs to the row's group and is to be measured. */
function ofGroup(array: string, marks: readonly string[]): string {
  const own = `arrayFilter((value, of_event) -> of_event = group_code, ${array}, event_groups)`;
  if (!marks.includes(ARRAYS.is_counted)) return `if(group_code = '', ${array}, ${own})`;
  return `arrayFilter((value, of_event, counts) -> counts AND (group_code = '' OR of_event = group_code), ${array}, event_groups, are_counted)`;
}
