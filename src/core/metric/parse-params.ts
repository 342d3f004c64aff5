import { Ajv2020, type ErrorObject, type ValidateFunction } from 'ajv/dist/2020.js';
import { parseSelector, parseTraitFilter, parseEventSelector } from '../event/parse-filter.js';
import { invalid, pointerTo } from '../failure.js';
import { isGiven, isObject, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { Problems } from '../problems.js';
import type { CanonicalParams } from '../request/canonical-request.js';
import { textProblem } from '../text.js';
import { formatDuration, parseDuration } from '../time/duration.js';
import type { MetricDefinition } from './define-metric.js';
import type { MetricParameter } from './parameter.js';

/**
 * Checks types only: durations by our own parser, whose messages say what is right. The schemas are ours and a test
 * holds them valid; to check them here too would block the first request for 60 ms.
 */
const ajv = new Ajv2020({
  allowUnionTypes: true,
  formats: { duration: true },
  validateSchema: false,
  meta: false,
  verbose: true,
});
const validators = new Map<MetricParameter['schema'], ValidateFunction>();

/**
 * The parameters of a metric in canonical form, defaults filled. Parsed again they give themselves. 422:
 * `unknown_field` with the list of known ones, `invalid_field`, `invalid_time`, `invalid_filter`, `limit_exceeded`.
 */
export function parseParams(definition: MetricDefinition, value: unknown, pointer: string): CanonicalParams {
  const params = parseEach(definition, value, pointer);
  definition.check(params, pointer);
  return params;
}

/** The parameters, without the check of whether they go together. 422 as `parseParams`. */
export function parseEach(
  definition: Pick<MetricDefinition, 'id' | 'parameters'>,
  value: unknown,
  pointer: string,
): CanonicalParams {
  const given = isGiven(value) ? value : {};
  if (!isObject(given)) throw invalid('invalid_field', pointer, `\`params\` is an object, not ${quoted(given)}.`);
  const problems = new Problems();
  const names = knownNames(definition, given);
  problems.take(() => refuseUnknownKeys(given, names, pointer, `The metric ${definition.id}`));
  const selector = problems.attempt(() => parseSelector(given['event'], given['where'], pointer));
  const own = ownParameters(definition).map(([name, parameter]): [string, ParameterValue] => [
    name,
    problems.take(() => parseParameter(name, parameter, given, pointerTo(pointer, name))) ?? null,
  ]);
  return { ...problems.all({ selector }).selector, ...Object.fromEntries(own) };
}

/** Canonical parameters hold `event` and `where` as null also where a metric reads no events. */
function knownNames({ parameters }: Pick<MetricDefinition, 'parameters'>, given: JsonObject): readonly string[] {
  const absent = ['event', 'where'].filter((name) => !isGiven(given[name]));
  return [...new Set([...Object.keys(parameters), ...absent])];
}

type ParameterValue = CanonicalParams[string];

function ownParameters(definition: Pick<MetricDefinition, 'parameters'>): [string, MetricParameter][] {
  return Object.entries(definition.parameters).filter(([name]) => name !== 'event' && name !== 'where');
}

function parseParameter(name: string, parameter: MetricParameter, given: JsonObject, pointer: string): ParameterValue {
  const value = given[name];
  if (!isGiven(value)) {
    if (!parameter.required) return parameter.default;
    throw invalid('invalid_field', pointer, `\`${name}\` must be given. ${describe(parameter)}`);
  }
  checkType(name, parameter, value, pointer);
  if (parameter.schema['format'] === 'duration') return parseLength(name, parameter, value, pointer);
  if (parameter.isTraitFilter) return parseTraitFilter(value, pointer);
  if (parameter.isSelector) return parseEventSelector(value, pointer);
  if (typeof value === 'number' || typeof value === 'boolean') return value;
  if (Array.isArray(value)) return parseTexts(name, value, pointer);
  return parseOwnText(name, value, pointer);
}

function checkType(name: string, parameter: MetricParameter, value: unknown, pointer: string): void {
  const validate = validators.get(parameter.schema) ?? ajv.compile(parameter.schema);
  validators.set(parameter.schema, validate);
  if (validate(value)) return;
  const { below, words } = parameterProblem(validate.errors ?? [], value);
  throw invalid(
    'invalid_field',
    pointer + below,
    `${below ? 'An item of ' : ''}\`${name}\` ${words}. ${describe(parameter)}`,
  );
}

function parseLength(name: string, { mayBeNothing }: MetricParameter, value: unknown, pointer: string): string {
  const ms = parseDuration(value, pointer);
  if (ms === 0 && mayBeNothing !== true)
    throw invalid('invalid_time', pointer, `\`${name}\` must be longer than PT0S.`);
  return formatDuration(ms);
}

/** A set of texts: of numbers and booleans, as JSON spells them. */
function parseTexts(name: string, values: readonly unknown[], pointer: string): readonly string[] {
  const problems = new Problems();
  const texts = problems.takeEach(values, (value, i) => {
    const at = pointerTo(pointer, i);
    if (typeof value !== 'number') return parseOwnText(name, value, at);
    if (Number.isFinite(value) && (!Number.isInteger(value) || Number.isSafeInteger(value))) return String(value);
    throw invalid('invalid_field', at, 'Give a finite number; integers from -(2^53 - 1) to 2^53 - 1.');
  });
  problems.throwIfAny();
  return [...new Set(texts)].sort();
}

function parseOwnText(name: string, value: unknown, pointer: string): string {
  const text = String(value);
  const problem = textProblem(text);
  if (problem) throw invalid('invalid_field', pointer, `\`${name}\` ${problem}.`);
  return text;
}

function describe(parameter: MetricParameter): string {
  return String(parameter.schema['description']);
}

/** What is wrong with the value of a parameter, in words. */
interface ParameterProblem {
  /** Where in the value, as a JSON Pointer below the parameter's: empty, or `/0` for an item. */
  readonly below: string;
  /** Such as: must be a whole number, not "2". */
  readonly words: string;
}

const TYPES: Readonly<Record<string, string>> = {
  array: 'a list',
  boolean: 'true or false',
  integer: 'a whole number',
  null: 'null',
  number: 'a number',
  object: 'an object',
  string: 'a text',
};

/**
 * The first of the errors that a schema has found, verbose ones, so that they hold the value. One with alternatives is
 * reported as a whole: its first branch alone would refuse what another one takes.
 */
function parameterProblem(errors: readonly ErrorObject[], value: unknown): ParameterProblem {
  const error = errors.find(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf') ?? errors[0];
  if (error === undefined) return { below: '', words: `is not valid: ${quoted(value)}` };
  const { instancePath: below, keyword, data } = error;
  if (keyword === 'minItems') return { below, words: 'must not be empty' };
  return { below, words: `${wants(error)}, not ${quoted(data)}` };
}

function wants({ keyword, params, message }: ErrorObject): string {
  if (keyword === 'type') return `must be ${listOf(params['type']).map(nameOfType).join(' or ')}`;
  if (keyword === 'enum') return `must be one of ${listOf(params['allowedValues']).map(quoted).join(', ')}`;
  if (keyword === 'minLength') return 'must be a text of at least one character';
  if (keyword === 'anyOf' || keyword === 'oneOf') return 'must have one of its forms';
  return message ?? 'is not valid';
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [value];
}

function nameOfType(type: unknown): string {
  return TYPES[String(type)] ?? String(type);
}
