import type { RunPlan } from '../core/request/run-plan.js';
import { keptArrays, type MetricSql } from './metric-measures.js';
import type { ParamList } from './param-list.js';
import { hasProperty, typedText } from './property-value.js';

/** The code of the group that an event belongs to: a colon, and its value with the value's type; empty: it has none. */
export function groupOf(property: string, params: ParamList): string {
  return `if(${hasProperty(property, params)}, concat(':', ${typedText(params.add('String', property))}), '')`;
}

/**
 * The rows of cells once for all their events (`group_code` empty) and once for each group with an event inside the window, with its events alone. Of users who are not
 * measured there are no groups.
 */
export function compileGroups(plan: RunPlan, metric: MetricSql, params: ParamList): string {
  const arrays = keptArrays(metric, plan.breakdown);
  const inside = metric.inside?.(params) ?? 'at >= start_ms AND at < stop_ms';
  const present = `arrayDistinct(arrayFilter((of_event, at) -> of_event != '' AND ${inside}, event_groups, times))`;
  const own = arrays
    .filter((name) => name !== 'event_groups')
    .map(
      (name) =>
        `if(group_code = '', all_${name}, arrayFilter((value, of_event) -> of_event = group_code, all_${name}, event_groups)) AS ${name}`,
    );
  const renamed = arrays.map((name) => (name === 'event_groups' ? name : `${name} AS all_${name}`));
  return `SELECT * EXCEPT (${arrays.map((name) => (name === 'event_groups' ? name : `all_${name}`)).join(', ')}), group_code,
        ${own.join(',\n        ')}
    FROM (
        SELECT * EXCEPT (${arrays.join(', ')}), ${renamed.join(', ')},
            if(user_reason = '', arrayPushFront(${present}, ''), ['']) AS group_codes
        FROM cells
    )
    ARRAY JOIN group_codes AS group_code`;
}
