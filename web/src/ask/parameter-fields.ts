import { isObject } from './request-body.js';

/** How a parameter of a metric is entered. */
export type ParameterKind = 'events' | 'property' | 'text' | 'number' | 'duration' | 'choice' | 'flag' | 'json';

/** A parameter of a metric, as its JSON Schema has it. */
export interface ParameterField {
  readonly name: string;
  readonly kind: ParameterKind;
  readonly isRequired: boolean;
  readonly description: string;
  /** In JSON; undefined: there is none. */
  readonly ownDefault: unknown;
  readonly choices: readonly string[];
}

/** Names of parameters that name a property of events. */
const OF_PROPERTIES = new Set(['value', 'property', 'object', 'content', 'by']);

/** The fields of `parameters` of the catalogue, those that must be given first. */
export function parameterFields(parameters: Readonly<Record<string, unknown>>): ParameterField[] {
  const required = Array.isArray(parameters['required']) ? parameters['required'] : [];
  const properties = isObject(parameters['properties']) ? parameters['properties'] : {};
  const fields = Object.entries(properties).map(([name, schema]) =>
    fieldOf(name, isObject(schema) ? schema : {}, required.includes(name)),
  );
  return [...fields.filter(({ isRequired }) => isRequired), ...fields.filter(({ isRequired }) => !isRequired)];
}

function fieldOf(name: string, schema: Readonly<Record<string, unknown>>, isRequired: boolean): ParameterField {
  return {
    name,
    kind: kindOf(name, schema),
    isRequired,
    description: String(schema['description'] ?? ''),
    ownDefault: schema['default'],
    choices: Array.isArray(schema['enum']) ? schema['enum'].map(String) : [],
  };
}

function kindOf(name: string, schema: Readonly<Record<string, unknown>>): ParameterKind {
  const types = [schema['type'] ?? []].flat();
  if (name === 'event') return 'events';
  if (Array.isArray(schema['enum'])) return 'choice';
  if (schema['format'] === 'duration') return 'duration';
  if (types.includes('string')) return OF_PROPERTIES.has(name) ? 'property' : 'text';
  if (types.includes('integer') || types.includes('number')) return 'number';
  if (types.includes('boolean')) return 'flag';
  return 'json';
}

/** The value of a field from what was typed; undefined: the default holds. */
export function parameterValue({ kind }: ParameterField, typed: string): unknown {
  if (typed.trim() === '') return undefined;
  switch (kind) {
    case 'number': {
      const number = Number(typed);
      return Number.isFinite(number) ? number : typed;
    }
    case 'events': {
      const names = typed.split(',').map((name) => name.trim());
      return names.length === 1 ? names[0] : names;
    }
    case 'flag':
      return typed === 'true';
    case 'json':
      return jsonOr(typed);
    default:
      return typed;
  }
}

/** How a value stands in its field. */
export function typedText({ kind }: ParameterField, value: unknown): string {
  if (value === undefined || value === null) return '';
  if (kind === 'events' && Array.isArray(value)) return value.join(', ');
  return typeof value === 'object' ? JSON.stringify(value) : String(value);
}

/** What is no JSON yet is a text, which the service refuses with its reason. */
function jsonOr(typed: string): unknown {
  try {
    return JSON.parse(typed);
  } catch {
    return typed;
  }
}
