import { canonicalize } from 'json-canonicalize';
import { invalid, pointerTo } from '../../failure.js';
import { isGiven, isObject, refuseUnknownKeys, type JsonObject } from '../../json-shape.js';
import { plainJson, type JsonValue } from '../../json.js';
import { Problems } from '../../problems.js';
import type { MetricDefinition } from '../define-metric.js';
import { parseEach } from '../parse-params.js';

/** Parameters in canonical form, not necessarily all that a metric has. */
export type SomeParams = Readonly<Record<string, JsonValue>>;

/**
 * A built-in of which some parameters are fixed and some of the open ones have other defaults. No parameter is in both.
 */
export interface NamedMetric {
  readonly definition: MetricDefinition;
  readonly fixed: SomeParams;
  readonly defaults: SomeParams;
}

/** A named metric with the name, title and description that a property gives it. */
export interface NamedMetricFields extends NamedMetric {
  readonly name: string;
  readonly title: string;
  readonly description: string;
}

/** A built-in as a named metric that changes nothing. */
export function asItIs(definition: MetricDefinition): NamedMetric {
  return { definition, fixed: {}, defaults: {} };
}

/**
 * The parameters of the built-in that a request for the metric means, to be parsed as any: what is fixed, what is
 * given, what the metric has as a default. Null counts as not given.
 */
export function paramsMeant({ fixed, defaults }: NamedMetric, params: unknown): unknown {
  if (isGiven(params) && !isObject(params)) return params;
  return { ...defaults, ...givenOf(params ?? {}), ...fixed };
}

/** The `t` that is given or fixed, as written. Not a default, which gives way to the length of a window. */
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

/**
 * The given parameters in canonical form, without defaults. Each is checked as `parseParams` checks it; none is
 * missing, and they are not checked together. A null counts as given where the parameter can be null, so that `sunset`
 * can be fixed to none. 422 as `parseParams`.
 */
export function parseSomeParams(definition: MetricDefinition, given: JsonObject, pointer: string): SomeParams {
  const problems = new Problems();
  problems.take(() =>
    refuseUnknownKeys(given, Object.keys(definition.parameters), pointer, `The metric ${definition.id}`),
  );
  const known = Object.keys(given).filter((name) => Object.hasOwn(definition.parameters, name));
  const parsed = known.map((name): [string, JsonValue] => [
    name,
    problems.take(() => parseOne(definition, name, given[name], pointer)) ?? null,
  ]);
  problems.throwIfAny();
  return Object.fromEntries(parsed);
}

function parseOne({ id, parameters }: MetricDefinition, name: string, value: unknown, pointer: string): JsonValue {
  const parameter = parameters[name];
  if (parameter === undefined) return null;
  if (!isGiven(value) && (parameter.required || parameter.default !== null)) {
    const detail = `\`${name}\` cannot be null. ${String(parameter.schema['description'])}`;
    throw invalid('invalid_field', pointerTo(pointer, name), detail);
  }
  const parsed = parseEach({ id, parameters: { [name]: parameter } }, { [name]: value }, pointer);
  return plainJson(parsed[name] ?? null, pointerTo(pointer, name));
}
