import { Failure } from '../../failure.js';
import { isObject, quoted, type JsonObject } from '../../json-shape.js';
import type { MetricParameter } from '../../metric/parameter.js';

/** A query parameter that cannot be read: 400 `invalid_parameter`. `others` are those that it does not go with. */
export function wrongParameter(parameter: string, detail: string, others: readonly string[] = []): Failure {
  const errors = [parameter, ...others].map((name) => ({ parameter: name.slice(0, 100), detail }));
  return new Failure('invalid_parameter', detail, errors);
}

type Schema = MetricParameter['schema'];

const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;
const HOURS = /^\d{1,9}$/;
const PART_OF_AN_HOUR = /^\d*\.\d+$/;

/** JSON in a query parameter. 400 where it is none. */
export function parseJsonText(parameter: string, text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    throw wrongParameter(parameter, `${quoted(parameter)} is no JSON: ${quoted(text)}. Write JSON percent-encoded.`);
  }
}

/** A list: texts with commas between them, or a JSON array where they hold commas or are not all texts. */
export function parseListText(parameter: string, text: string): unknown {
  return text.startsWith('[') ? parseJsonText(parameter, text) : text.split(',');
}

/** A duration as it is; a bare whole number is hours, as the ancestor's. 400 for one with a fraction. */
export function durationOf(parameter: string, text: string): string {
  if (PART_OF_AN_HOUR.test(text)) {
    const detail = `${quoted(parameter)} is a whole number of hours or an ISO 8601 duration: ${text} hours are written as PT${text}H.`;
    throw wrongParameter(parameter, detail);
  }
  return HOURS.test(text) ? `PT${text}H` : text;
}

/**
 * An instant or a date as it is, also where the plus of its offset has become a space, as it does in a query; 14 digits
 * are UTC, as MediaWiki writes it.
 */
export function instantOf(text: string): string {
  const digits = /^(\d{4})(\d\d)(\d\d)(\d\d)(\d\d)(\d\d)$/.exec(text);
  if (digits === null) return text.replace(/ (\d\d:\d\d)$/, '+$1');
  const [, year, month, day, hour, minute, second] = digits;
  return `${year}-${month}-${day}T${hour}:${minute}:${second}Z`;
}

/**
 * The value of a metric's parameter by its JSON Schema: numbers and booleans are read as such where the schema takes
 * them, lists have commas, objects are JSON. What does not fit stays a text, for the metric to refuse with its own
 * words.
 */
export function parseParamText(parameter: string, schema: Schema, text: string): unknown {
  const types = typesOf(schema);
  if (types.has('object') && (text.startsWith('{') || !types.has('string'))) return parseJsonText(parameter, text);
  if (types.has('array')) return parseTextOrList(parameter, types.has('string'), text);
  if ((types.has('integer') || types.has('number')) && NUMBER.test(text)) return Number(text);
  if (types.has('boolean') && (text === 'true' || text === 'false')) return text === 'true';
  return text;
}

function parseTextOrList(parameter: string, isTextTaken: boolean, text: string): unknown {
  if (isTextTaken && text.startsWith('"')) return parseJsonText(parameter, text);
  return isTextTaken && !text.includes(',') && !text.startsWith('[') ? text : parseListText(parameter, text);
}

/** The JSON types that a schema takes. */
function typesOf(schema: JsonObject): ReadonlySet<string> {
  const { type, anyOf, oneOf, enum: choices } = schema;
  const nested: readonly unknown[] = [anyOf, oneOf].filter((list) => Array.isArray(list)).flat();
  const constants: readonly unknown[] = 'const' in schema ? [schema['const']] : Array.isArray(choices) ? choices : [];
  return new Set([
    ...[type].flat().filter((name) => typeof name === 'string'),
    ...constants.map((value) => typeof value),
    ...nested.flatMap((inner) => (isObject(inner) ? [...typesOf(inner)] : [])),
  ]);
}
