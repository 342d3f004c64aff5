import { ApiProperty } from '@nestjs/swagger';
import type { MetricDefinition } from '../core/metric/define-metric.js';
import { COLUMN_TYPES, type Column, type MetricExample } from '../core/metric/metric.js';
import type { JsonValue } from '../core/json.js';
import type { SomeParams } from '../core/metric/named/named-metric.js';

export class MetricColumnDto {
  /** @example net */
  name!: string;

  /** Decides how values are written and which aggregators fit. */
  @ApiProperty({ enum: COLUMN_TYPES })
  type!: string;

  /** Unit of a duration, or of a number that has one; null: none. */
  unit!: string | null;

  description!: string;
}

export class MetricNullRuleDto {
  /** @example not_numeric */
  reason!: string;

  /** The columns that are null then. */
  columns!: string[];

  when!: string;
}

export class MetricExampleDto {
  /** As sent to POST .../events. */
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  events!: readonly object[];

  /** As sent to POST .../users. */
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  users!: readonly object[];

  /** As sent to POST .../requests. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  request!: object;

  /** The values of every user. */
  @ApiProperty({ type: 'array', items: { type: 'object', additionalProperties: true } })
  rows!: readonly object[];
}

export class MetricDto {
  /** @example value_sum */
  id!: string;

  /** Rises when the metric's meaning changes. */
  @ApiProperty({ type: 'integer' })
  version!: number;

  title!: string;

  description!: string;

  /** The rule in words. */
  formula!: string;

  /** JSON Schema (2020-12) of `params`, with the defaults. */
  @ApiProperty({ type: 'object', additionalProperties: true })
  parameters!: object;

  /**
   * `required`: give a window; `fixed`: give a fixed one; `from_t`: the window is the parameter `t` counted from birth,
   * and may be left out; `none`: give none, as the metric looks back from `as_of`.
   */
  @ApiProperty({ enum: ['required', 'fixed', 'from_t', 'none'] })
  window!: 'required' | 'fixed' | 'from_t' | 'none';

  columns!: MetricColumnDto[];

  /** When a column is null, in the order in which the reasons are tried. */
  null_rules!: MetricNullRuleDto[];

  /** A worked example; it is executed by the project's tests. */
  example!: MetricExampleDto;
}

export function toMetricDto(metric: MetricDefinition): MetricDto {
  const { id, version, title, description, formula, example } = metric;
  return {
    id,
    version,
    title,
    description,
    formula,
    parameters: parametersSchema(metric),
    window: windowRule(metric),
    columns: metric.columns.map(toColumnDto),
    null_rules: metric.nullRules.map(({ reason, columns, when }) => ({ reason, columns: [...columns], when })),
    example: { ...example, rows: example.rows.map(asUserRow) },
  };
}

export function toColumnDto({ name, type, unit, description }: Column): MetricColumnDto {
  return { name, type, unit: unit ?? null, description };
}

/** As GET .../users gives it: a value that is undefined is not among the values. */
function asUserRow({ user, values, undefined: reasons }: MetricExample['rows'][number]): object {
  const defined = Object.entries(values).filter(([, value]) => value !== null);
  return { user, values: Object.fromEntries(defined), undefined: reasons };
}

/** How the window of a request for the metric is given. */
export function windowRule({ windowFromT, ofRegistrations, looksBack }: MetricDefinition): MetricDto['window'] {
  if (windowFromT) return 'from_t';
  if (looksBack) return 'none';
  return ofRegistrations ? 'fixed' : 'required';
}

/** JSON Schema of the `params` of a request: those that are not fixed, with the defaults that hold. */
export function parametersSchema(
  { parameters }: MetricDefinition,
  fixed: SomeParams = {},
  defaults: SomeParams = {},
): Record<string, JsonValue> {
  const open = Object.entries(parameters).filter(([name]) => !Object.hasOwn(fixed, name));
  const isRequired = ([name, { required }]: (typeof open)[number]): boolean =>
    required && !Object.hasOwn(defaults, name);
  const properties = open.map(([name, parameter]): [string, JsonValue] => {
    const { schema, default: own } = parameter;
    return [name, isRequired([name, parameter]) ? schema : { ...schema, default: defaults[name] ?? own }];
  });
  return {
    $schema: 'https://json-schema.org/draft/2020-12/schema',
    type: 'object',
    properties: Object.fromEntries(properties),
    required: open.filter(isRequired).map(([name]) => name),
    additionalProperties: false,
  };
}
