import { onlyOperand, sortedDistinct } from '../canonical-text.js';
import { Failure, invalid, pointerTo } from '../failure.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { parseTogether, Problems } from '../problems.js';
import { parseText } from '../text.js';
import {
  beyondFilterLimit,
  FILTER_LIMITS,
  OPERATORS,
  type EventSelector,
  type Filter,
  type FilterOn,
  type FilterSubject,
  type TraitFilter,
} from './filter.js';
import { parseTest } from './parse-test.js';
import { movesWithAsOf } from './time-bound.js';

const JOINS = ['and', 'or'] as const;

/** Counts all filters of a tree, however nested, valid or not: a hostile list of 50,000 costs as much as one of 200. */
interface Budget<S extends FilterSubject> {
  readonly subject: S;
  /** The part of a test that names what is tested. */
  named(name: string): Readonly<Record<S, string>>;
  filters: number;
}

/**
 * The canonical form of a filter on event properties (see `Filter`), which passes the same events as what is written.
 * 422: `unknown_field` for an operator that is not there, `invalid_filter` for a value that does not fit,
 * `limit_exceeded` beyond `FILTER_LIMITS`.
 */
export function parseFilter(value: unknown, pointer: string): Filter {
  return parseNode(value, pointer, 1, { subject: 'property', named: (property) => ({ property }), filters: 0 });
}

/**
 * The canonical form of a filter on the traits of users; neither kind may be nested in the other. Errors as
 * `parseFilter`.
 */
export function parseTraitFilter(value: unknown, pointer: string): TraitFilter {
  return parseNode(value, pointer, 1, { subject: 'trait', named: (trait) => ({ trait }), filters: 0 });
}

function parseNode<S extends FilterSubject>(
  value: unknown,
  pointer: string,
  depth: number,
  budget: Budget<S>,
): FilterOn<S> {
  const { subject } = budget;
  budget.filters += 1;
  if (budget.filters > FILTER_LIMITS.filters) throw beyondFilterLimit('filters', pointer);
  if (depth > FILTER_LIMITS.depth) throw beyondFilterLimit('depth', pointer);
  if (!isObject(value))
    throw invalid('invalid_filter', pointer, `A filter is ${right(subject)}, not ${quoted(value)}.`);
  const join = JOINS.find((name) => Object.hasOwn(value, name));
  if (join) return parseJoin(join, value, pointer, depth, budget);
  if (Object.hasOwn(value, 'not')) return parseNot(value, pointer, depth, budget);
  const { name, test } = parseTest(value, subject, ['and', 'or', 'not'], pointer);
  return { ...budget.named(name), ...test };
}

function right(subject: FilterSubject): string {
  return `{"${subject}": name, operator: value} with one of ${listed(OPERATORS)}, or {"and": [filters]}, {"or": [filters]}, {"not": filter}`;
}

function parseJoin<S extends FilterSubject>(
  join: 'and' | 'or',
  value: JsonObject,
  pointer: string,
  depth: number,
  budget: Budget<S>,
): FilterOn<S> {
  refuseUnknownKeys(value, [join], pointer, `A filter with \`${join}\``);
  const at = pointerTo(pointer, join);
  const operands = value[join];
  if (!Array.isArray(operands) || operands.length === 0) {
    throw invalid('invalid_filter', at, `\`${join}\` takes a list of at least one filter, not ${quoted(operands)}.`);
  }
  const problems = new Problems();
  const parsed = problems.takeEach(operands, (operand, i) => parseNode(operand, pointerTo(at, i), depth + 1, budget));
  problems.throwIfAny();
  return join === 'and'
    ? joined(
        parsed.flatMap((filter) => ('and' in filter ? filter.and : [filter])),
        (and) => ({ and }),
      )
    : joined(
        parsed.flatMap((filter) => ('or' in filter ? filter.or : [filter])),
        (or) => ({ or }),
      );
}

function joined<S extends FilterSubject>(
  operands: readonly FilterOn<S>[],
  join: (operands: readonly FilterOn<S>[]) => FilterOn<S>,
): FilterOn<S> {
  const sorted = sortedDistinct(operands);
  return onlyOperand(sorted) ?? join(sorted);
}

function parseNot<S extends FilterSubject>(
  value: JsonObject,
  pointer: string,
  depth: number,
  budget: Budget<S>,
): FilterOn<S> {
  refuseUnknownKeys(value, ['not'], pointer, 'A filter with `not`');
  return opposite(parseNode(value['not'], pointerTo(pointer, 'not'), depth + 1, budget), budget);
}

/** Exactly what the filter does not pass. What has an operator for that is written with it. */
function opposite<S extends FilterSubject>(filter: FilterOn<S>, { subject, named }: Budget<S>): FilterOn<S> {
  if ('not' in filter) return filter.not;
  if ('and' in filter || 'or' in filter) return { not: filter };
  const on = named(filter[subject]);
  if ('eq' in filter) return { ...on, ne: filter.eq };
  if ('ne' in filter) return { ...on, eq: filter.ne };
  if ('in' in filter) return { ...on, not_in: filter.in };
  if ('not_in' in filter) return { ...on, in: filter.not_in };
  if ('exists' in filter) return { ...on, exists: !filter.exists };
  return { not: filter };
}

const MAX_NAMES = 1_000;

/**
 * Which events are meant, in canonical form: `event` (a name or a list of names; not given: any) and `where` (not
 * given: all). Their pointers are `<base>/event` and `<base>/where`. 422: `invalid_field`, `limit_exceeded`, and what
 * `parseFilter` says.
 */
export function parseSelector(event: unknown, where: unknown, base: string): EventSelector {
  return parseTogether({
    event: () => (isGiven(event) ? parseEventNames(event, pointerTo(base, 'event')) : null),
    where: () => (isGiven(where) ? parseFilter(where, pointerTo(base, 'where')) : null),
  });
}

/**
 * A selector as an object, `{"event": ..., "where": ...}`, whose times do not move with as_of. 422: as `parseSelector`,
 * `unknown_field`, `invalid_field`.
 */
export function parseEventSelector(value: unknown, pointer: string): EventSelector {
  if (!isObject(value)) {
    throw invalid('invalid_field', pointer, `Give events as {"event": "$page", "where": null}, not ${quoted(value)}.`);
  }
  refuseUnknownKeys(value, ['event', 'where'], pointer, 'A selector of events');
  const selector = parseSelector(value['event'], value['where'], pointer);
  if (!movesWithAsOf(selector.where)) return selector;
  const detail = 'Compare with a date or an instant here: {"last": duration} is for `where` of the request.';
  throw invalid('invalid_filter', pointerTo(pointer, 'where'), detail);
}

/** A name or a list of names, distinct and sorted. 422: `invalid_field`, `limit_exceeded`. */
export function parseEventNames(value: unknown, pointer: string): readonly string[] {
  if (!Array.isArray(value)) return [parseName(value, pointer)];
  if (value.length === 0) {
    throw invalid('invalid_field', pointer, 'Give at least one event name, or leave `event` out for any event.');
  }
  if (value.length > MAX_NAMES) throw tooMany(pointer);
  const problems = new Problems();
  const names = problems.takeEach(value, (name, i) => parseName(name, pointerTo(pointer, i)));
  problems.throwIfAny();
  return [...new Set(names)].sort();
}

function parseName(value: unknown, pointer: string): string {
  if (typeof value !== 'string') {
    throw invalid('invalid_field', pointer, `Give an event name or a list of event names, not ${quoted(value)}.`);
  }
  return parseEventName(value, pointer);
}

/** An event name: 1 to 200 Unicode code points, compared as it is. */
function parseEventName(value: unknown, pointer: string): string {
  return parseText(value, { min: 1, max: 200 }, pointer, 'An event name');
}

function tooMany(pointer: string): Failure {
  const detail = `At most ${MAX_NAMES} event names.`;
  return new Failure('limit_exceeded', detail, [{ pointer, detail }], { limit: 'event_names', value: MAX_NAMES });
}
