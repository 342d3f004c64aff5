import type { ErrorObject } from 'ajv/dist/2020.js';
import { quoted } from '../json-shape.js';

/** What is wrong with the value of a parameter, in words. */
export interface ParameterProblem {
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
 * The first of the errors that a schema has found, verbose ones, so that they hold the value. One with alternatives is told as a whole: its first branch alone would
 * refuse what another one takes.
 */
export function parameterProblem(errors: readonly ErrorObject[], value: unknown): ParameterProblem {
  const error = errors.find(({ keyword }) => keyword === 'anyOf' || keyword === 'oneOf') ?? errors[0];
  if (error === undefined) return { below: '', words: `is not valid: ${quoted(value)}` };
  const { instancePath: below, keyword, data } = error;
  if (keyword === 'minItems') return { below, words: 'must not be empty' };
  return { below, words: `${wants(error)}, not ${quoted(data)}` };
}

function wants({ keyword, params, message }: ErrorObject): string {
  const { type, allowedValues } = params as { readonly type?: unknown; readonly allowedValues?: readonly unknown[] };
  if (keyword === 'type') return `must be ${[type].flat().map(nameOfType).join(' or ')}`;
  if (keyword === 'enum' && allowedValues)
    return `must be one of ${allowedValues.map((one) => quoted(one)).join(', ')}`;
  if (keyword === 'minLength') return 'must be a text of at least one character';
  if (keyword === 'anyOf' || keyword === 'oneOf') return 'must have one of its forms';
  return message ?? 'is not valid';
}

function nameOfType(type: unknown): string {
  return TYPES[String(type)] ?? String(type);
}
