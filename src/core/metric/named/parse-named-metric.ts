import { Failure, invalid, pointerTo } from '../../failure.js';
import { isGiven, isObject, parseObject, quoted, refuseUnknownKeys, type JsonObject } from '../../json-shape.js';
import { Problems } from '../../problems.js';
import { parseText } from '../../text.js';
import { parseMetric } from '../catalogue.js';
import type { MetricDefinition } from '../define-metric.js';
import { parseMetricName } from './metric-name.js';
import {
  paramsUngiven,
  parseSomeParams,
  type NamedMetric,
  type NamedMetricFields,
  type SomeParams,
} from './named-metric.js';

const FIELDS = ['name', 'title', 'description', 'metric', 'fixed', 'defaults'];

/**
 * The body that makes or changes a named metric. Title and description are the built-in's where they are not given.
 * `name`: that of the metric that is changed, which the body may leave out; names do not change, as requests and links
 * hold them. 422: `invalid_field`, `unknown_field`, `unknown_metric`, and what the built-in says of its parameters, at
 * /fixed/... and /defaults/...
 */
export function parseNamedMetric(value: unknown, name: string | null): NamedMetricFields {
  const body = parseObject(value, 'A metric');
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(body, FIELDS, '', 'A named metric'));
  const named = problems.attempt(() => (name === null ? parseMetricName(body['name'], '/name') : sameName(body, name)));
  const definition = problems.attempt(() => parseMetric(body['metric'], '/metric'));
  const title = problems.attempt(() => parseOptional(body['title'], 200, '/title', 'A title'));
  const description = problems.attempt(() =>
    parseOptional(body['description'], 2_000, '/description', 'A description'),
  );
  const params = problems.attemptWith({ definition }, (of) => parsePreset(of.definition, body));
  const parts = problems.all({ named, title, description, params });
  return {
    ...parts.params,
    name: parts.named,
    title: parts.title ?? parts.params.definition.title,
    description: parts.description ?? parts.params.definition.description,
  };
}

function sameName(body: JsonObject, name: string): string {
  if (!isGiven(body['name']) || body['name'] === name) return name;
  const detail = `The name of a metric does not change: leave it out, or give ${quoted(name)}. POST makes another metric.`;
  throw invalid('invalid_field', '/name', detail);
}

function parseOptional(value: unknown, max: number, pointer: string, what: string): string | null {
  return isGiven(value) ? parseText(value, { min: 1, max }, pointer, what) : null;
}

function parsePreset(definition: MetricDefinition, body: JsonObject): NamedMetric {
  const problems = new Problems();
  const fixed = problems.take(() => parsePart(definition, body['fixed'], '/fixed')) ?? {};
  const defaults = problems.take(() => parsePart(definition, body['defaults'], '/defaults')) ?? {};
  problems.take(() => refuseBoth(fixed, defaults));
  problems.throwIfAny();
  const metric = { definition, fixed, defaults };
  checkTogether(metric);
  return metric;
}

function parsePart(definition: MetricDefinition, value: unknown, pointer: string): SomeParams {
  if (!isGiven(value)) return {};
  if (isObject(value)) return parseSomeParams(definition, value, pointer);
  const detail = `Give parameters of ${definition.id} as an object such as {"event": "edit"}, not ${quoted(value)}.`;
  throw invalid('invalid_field', pointer, detail);
}

function refuseBoth(fixed: SomeParams, defaults: SomeParams): void {
  const problems = new Problems();
  for (const name of Object.keys(defaults).filter((key) => Object.hasOwn(fixed, key))) {
    const detail = `\`${name}\` is fixed: a default of it would never hold. Give it in one of the two.`;
    problems.take(() => {
      throw invalid('invalid_field', pointerTo('/defaults', name), detail);
    });
  }
  problems.throwIfAny();
}

/** Refuses parameters that the built-in refuses together. Not checked while a parameter that must be given is open. */
function checkTogether(metric: NamedMetric): void {
  const { definition, fixed } = metric;
  const params = paramsUngiven(metric);
  if (Object.keys(definition.parameters).some((name) => !Object.hasOwn(params, name))) return;
  try {
    definition.check(params, '');
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    const errors = error.errors.map(({ pointer = '', detail }) => {
      const name = pointer.split('/')[1] ?? '';
      return { pointer: `${Object.hasOwn(fixed, name) ? '/fixed' : '/defaults'}${pointer}`, detail };
    });
    throw new Failure(error.code, error.detail, errors, error.extra);
  }
}
