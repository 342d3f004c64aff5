import { canonicalize } from 'json-canonicalize';
import { invalid, pointerTo } from '../../failure.js';
import { isGiven, isObject, type JsonObject } from '../../json-shape.js';
import type { JsonValue } from '../../json.js';
import { Problems } from '../../problems.js';
import type { NamedMetric, SomeParams } from './named-metric.js';
import { parseSomeParams } from './parse-some-params.js';

/**
 * The parameters of the built-in that a request for the metric means, to be parsed as any: what is fixed, what is given, what the metric has as a default. Null counts
 * as not given.
 */
export function paramsMeant({ fixed, defaults }: NamedMetric, params: unknown): unknown {
  if (isGiven(params) && !isObject(params)) return params;
  return { ...defaults, ...givenOf(params ?? {}), ...fixed };
}

/** The `t` that was asked for or is fixed, as given: a default gives way to the length of a window. */
export function settledT({ fixed }: NamedMetric, params: unknown): unknown {
  return (isObject(params) ? params['t'] : null) ?? fixed['t'];
}

/** Refuses a fixed parameter that is given with another value (422 `invalid_field`); in another spelling it is fine. */
export function refuseFixed({ definition, fixed }: NamedMetric, params: unknown, pointer: string): void {
  const given = isObject(params) ? givenOf(params) : {};
  const problems = new Problems();
  for (const [name, right] of Object.entries(fixed)) {
    if (!Object.hasOwn(given, name)) continue;
    problems.take(() => {
      const requested = parseSomeParams(definition, { [name]: given[name] }, pointer)[name];
      if (canonicalize(requested) !== canonicalize(right)) throw otherValue(name, right, pointerTo(pointer, name));
    });
  }
  problems.throwIfAny();
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

function otherValue(name: string, right: JsonValue, pointer: string): Error {
  const text = JSON.stringify(right);
  const shown = text.length > 200 ? `${text.slice(0, 200)}…` : text;
  return invalid('invalid_field', pointer, `\`${name}\` is fixed to ${shown} in this metric: leave it out.`);
}
