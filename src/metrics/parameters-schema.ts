import type { JsonValue } from '../core/json.js';
import type { MetricDefinition } from '../core/metric/metric.js';
import type { SomeParams } from '../core/metric/named/named-metric.js';

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
