import { invalid, pointerTo } from '../../failure.js';
import { isGiven, refuseUnknownKeys, type JsonObject } from '../../json-shape.js';
import type { JsonValue } from '../../json.js';
import { Problems } from '../../problems.js';
import type { MetricDefinition, MetricParameter } from '../metric.js';
import { parseParams } from '../parse-params.js';
import type { SomeParams } from './named-metric.js';

/**
 * The parameters that are given, in canonical form, and no default: checked as `parseParams` checks them, but that none is missed and that they are not looked at
 * together. A null counts as given where the parameter can be null, so that `sunset` can be fixed to none. 422 as `parseParams`.
 */
export function parseSomeParams(definition: MetricDefinition, given: JsonObject, pointer: string): SomeParams {
  const problems = new Problems();
  problems.take(() =>
    refuseUnknownKeys(given, Object.keys(definition.parameters), pointer, `The metric ${definition.id}`),
  );
  const known = Object.entries(given).filter(([name]) => Object.hasOwn(definition.parameters, name));
  const parsed = known.map(([name, value]): [string, JsonValue] => [
    name,
    problems.take(() => parseOne(definition, name, value, pointer)) ?? null,
  ]);
  problems.throwIfAny();
  return Object.fromEntries(parsed);
}

function parseOne(definition: MetricDefinition, name: string, value: unknown, pointer: string): JsonValue {
  const parameter = definition.parameters[name] as MetricParameter;
  if (!isGiven(value) && (parameter.required || parameter.default !== null)) {
    const detail = `\`${name}\` cannot be null. ${String(parameter.schema['description'])}`;
    throw invalid('invalid_field', pointerTo(pointer, name), detail);
  }
  const { check: _, ...unchecked } = definition;
  const alone = { ...unchecked, parameters: { [name]: parameter } };
  return (parseParams(alone, { [name]: value }, pointer)[name] as JsonValue | undefined) ?? null;
}
