import { Failure, invalid, pointerTo } from '../failure.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import type { MetricDefinition } from '../metric/define-metric.js';
import type { Column, ColumnType } from '../metric/metric.js';
import { Problems } from '../problems.js';
import { parseText } from '../text.js';
import {
  BREAKDOWN_TEXT,
  GROUP_SIZES,
  MAX_GROUPS,
  SUBJECTS,
  type CanonicalBreakdown,
  type GroupSize,
  type Subject,
} from './breakdown.js';

const RIGHT =
  'Give ["trait:country"], ["property:channel"] or [{"property": "url", "top": 25, "by": "users", "rest": true}]';
const FIELDS = [...SUBJECTS, 'top', 'by', 'rest'] as const;
const MAX_BREAKDOWNS = 1;
const SUMMED: readonly ColumnType[] = ['number', 'boolean', 'duration'];

/** The metric of a request, and its columns with the parameters of the request. */
export interface Measured {
  readonly definition: MetricDefinition;
  readonly columns: readonly Column[];
}

/**
 * In canonical form: none, or one of `trait:<name>` (users by their current trait) and `property:<name>` (the events of
 * the window by their value), also as an object with `top`, the number of groups to keep. 422: `invalid_field`,
 * `unknown_field`, `limit_exceeded` for several or for too many groups.
 */
export function parseBreakdown(value: unknown, measured: Measured, pointer: string): readonly CanonicalBreakdown[] {
  if (!isGiven(value)) return [];
  if (!Array.isArray(value)) throw invalid('invalid_field', pointer, `${RIGHT}, not ${quoted(value)}.`);
  if (value.length > MAX_BREAKDOWNS) throw several(pointer);
  return value.map((item, i) => parseOne(item, measured, pointerTo(pointer, i)));
}

function parseOne(value: unknown, measured: Measured, pointer: string): CanonicalBreakdown {
  if (isObject(value)) return parseObject(value, measured, pointer);
  const [, of, name] = typeof value === 'string' ? (BREAKDOWN_TEXT.exec(value) ?? []) : [];
  if (!of) throw invalid('invalid_field', pointer, `${RIGHT}, not ${quoted(value)}.`);
  return plain(of === 'trait' ? 'trait' : 'property', name, measured.definition, pointer, pointer);
}

function parseObject(value: JsonObject, measured: Measured, pointer: string): CanonicalBreakdown {
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(value, FIELDS, pointer, 'A breakdown'));
  const [of, second] = SUBJECTS.filter((name) => Object.hasOwn(value, name));
  if (!of || second)
    throw invalid('invalid_field', pointer, `A breakdown has one of \`trait\` and \`property\`. ${RIGHT}.`);
  const at = pointerTo(pointer, of);
  const text = problems.attempt(() => plain(of, value[of], measured.definition, pointer, at));
  const top = problems.attempt(() => parseTop(value['top'], pointerTo(pointer, 'top')));
  const by = problems.attempt(() => parseSize(value['by'], measured, pointerTo(pointer, 'by')));
  const rest = problems.attempt(() => parseRest(value['rest'], pointerTo(pointer, 'rest')));
  const { text: parsed, top: count, ...size } = problems.all({ text, top, by, rest });
  if (count !== null) return { [of]: String(value[of]), top: count, ...size };
  if (!isGiven(value['by']) && !isGiven(value['rest'])) return parsed;
  throw invalid(
    'invalid_field',
    pointerTo(pointer, 'top'),
    '`by` and `rest` stand beside `top`, the number of groups to keep.',
  );
}

/** The text form. `at`: where the name stands. */
function plain(of: Subject, name: unknown, definition: MetricDefinition, pointer: string, at: string): string {
  const text = parseText(name, { min: 1, max: 200 }, at, `The name of a ${of}`);
  if (of === 'property' && definition.ofRegistrations) {
    const detail = `${definition.id} looks at no events: break it down by a trait.`;
    throw invalid('invalid_field', pointer, detail);
  }
  return `${of}:${text}`;
}

function parseTop(value: unknown, pointer: string): number | null {
  if (!isGiven(value)) return null;
  if (typeof value !== 'number' || !Number.isInteger(value) || value < 1) {
    throw invalid('invalid_field', pointer, `\`top\` is a whole number from 1 to ${MAX_GROUPS}, not ${quoted(value)}.`);
  }
  if (value <= MAX_GROUPS) return value;
  const detail = `\`top\` is ${value}; an answer has at most ${MAX_GROUPS} groups.`;
  throw new Failure('limit_exceeded', detail, [{ pointer, detail }], { limit: 'breakdown_groups', value: MAX_GROUPS });
}

function parseSize(value: unknown, { definition, columns }: Measured, pointer: string): GroupSize {
  const size = isGiven(value) ? GROUP_SIZES.find((name) => name === value) : 'users';
  if (size === undefined) {
    throw invalid('invalid_field', pointer, `\`by\` is one of ${listed(GROUP_SIZES)}, not ${quoted(value)}.`);
  }
  if (size === 'value' && !isSummed(columns)) {
    const detail = `The first column of ${definition.id} has no sum: rank its groups by users or events.`;
    throw invalid('invalid_field', pointer, detail);
  }
  if (size === 'events' && (definition.ofRegistrations || definition.looksBack)) {
    throw invalid(
      'invalid_field',
      pointer,
      `${definition.id} has no events of a window: rank its groups by users or value.`,
    );
  }
  return size;
}

/** Whether the values of the first column can be added up over users. */
export function isSummed([first]: readonly Column[]): boolean {
  return first !== undefined && SUMMED.includes(first.type);
}

function parseRest(value: unknown, pointer: string): boolean {
  if (!isGiven(value)) return true;
  if (typeof value === 'boolean') return value;
  throw invalid('invalid_field', pointer, `\`rest\` is true or false, not ${quoted(value)}.`);
}

function several(pointer: string): Failure {
  const detail = `A request is broken down by one trait or property; ask for another in a request of its own.`;
  const errors = [{ pointer: pointerTo(pointer, MAX_BREAKDOWNS), detail }];
  return new Failure('limit_exceeded', detail, errors, { limit: 'breakdowns', value: MAX_BREAKDOWNS });
}
