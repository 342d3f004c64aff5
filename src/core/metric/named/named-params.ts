import { canonicalize } from 'json-canonicalize';
import { invalid, pointerTo } from '../../failure.js';
import { isGiven, isObject, type JsonObject } from '../../json-shape.js';
import type { JsonValue } from '../../json.js';
import { Problems } from '../../problems.js';
import type { CanonicalParams } from '../../request/canonical-request.js';
import { parseParams } from '../parse-params.js';
import type { NamedMetric, SomeParams } from './named-metric.js';
import { parseSomeParams } from './parse-some-params.js';

/**
 * The parameters of the built-in that a request for a named metric means, in canonical form: what is given, then what the metric says, then the built-in's own
 * defaults. 422 as `parseParams`, and `invalid_field` where a fixed parameter is given with another value.
 */
export function parseNamedParams(metric: NamedMetric, value: unknown, pointer: string): CanonicalParams {
  const { definition, fixed, defaults } = metric;
  if (!isObject(value)) return parseParams(definition, value ?? { ...defaults, ...fixed }, pointer);
  const given = givenOf(value);
  const problems = new Problems();
  problems.take(() => refuseOtherValues(metric, given, pointer));
  const params = problems.take(() => parseParams(definition, { ...defaults, ...given, ...fixed }, pointer));
  if (problems.any || !params) throw problems.failure();
  return params;
}

/** Whether `t` was asked for or is fixed: a default gives way to the length of a window. */
export function saysT({ fixed }: NamedMetric, params: unknown): boolean {
  return Object.hasOwn(fixed, 't') || (isObject(params) && isGiven(params['t']));
}

/** The parameters of the metric where a request gives none; those that have to be given are missing. */
export function paramsUngiven({ definition, fixed, defaults }: NamedMetric): SomeParams {
  const optional = Object.entries(definition.parameters).filter(([, { required }]) => !required);
  const own = optional.map(([name, parameter]): [string, JsonValue] => [name, parameter.default]);
  return { ...Object.fromEntries(own), ...defaults, ...fixed };
}

function givenOf(params: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(params).filter(([, value]) => isGiven(value)));
}

function refuseOtherValues({ definition, fixed }: NamedMetric, given: JsonObject, pointer: string): void {
  const problems = new Problems();
  for (const [name, right] of Object.entries(fixed)) {
    if (!Object.hasOwn(given, name)) continue;
    problems.take(() => {
      const asked = parseSomeParams(definition, { [name]: given[name] }, pointer)[name];
      if (canonicalize(asked) !== canonicalize(right)) throw otherValue(name, right, pointerTo(pointer, name));
    });
  }
  problems.throwIfAny();
}

function otherValue(name: string, right: JsonValue, pointer: string): Error {
  const text = JSON.stringify(right);
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return invalid('invalid_field', pointer, `\`${name}\` is fixed to ${shown} in this metric: leave it out.`);
}
