import { canonicalize } from 'json-canonicalize';
import { invalid, pointerTo } from '../failure.js';
import { isObject, listed, quoted, refuseUnknownKeys, type JsonObject } from '../json-shape.js';
import { Problems } from '../problems.js';
import { beyondFilterLimit, FILTER_LIMITS } from './filter-limits.js';
import { OPERATORS, type Filter } from './filter.js';
import { parsePropertyTest } from './parse-property-test.js';

const JOINS = ['and', 'or'] as const;
const RIGHT = `{"property": name, operator: value} with one of ${listed(OPERATORS)}, or {"and": [filters]}, {"or": [filters]}, {"not": filter}`;

/** Counts all filters of a tree, however nested, valid or not: a hostile list of 50,000 costs as much as one of 200. */
interface Budget {
  filters: number;
}

/**
 * The canonical form of a filter on event properties (see `Filter`), which passes the same events as what is written.
 * 422: `unknown_field` for an operator that is not there, `invalid_filter` for a value that does not fit, `limit_exceeded` beyond `FILTER_LIMITS`.
 */
export function parseFilter(value: unknown, pointer: string): Filter {
  return parseNode(value, pointer, 1, { filters: 0 });
}

function parseNode(value: unknown, pointer: string, depth: number, budget: Budget): Filter {
  budget.filters += 1;
  if (budget.filters > FILTER_LIMITS.filters) throw beyondFilterLimit('filters', pointer);
  if (depth > FILTER_LIMITS.depth) throw beyondFilterLimit('depth', pointer);
  if (!isObject(value)) throw invalid('invalid_filter', pointer, `A filter is ${RIGHT}, not ${quoted(value)}.`);
  const join = JOINS.find((name) => Object.hasOwn(value, name));
  if (join) return parseJoin(join, value, pointer, depth, budget);
  return Object.hasOwn(value, 'not')
    ? parseNot(value, pointer, depth, budget)
    : parsePropertyTest(value, ['and', 'or', 'not'], pointer);
}

function parseJoin(join: 'and' | 'or', value: JsonObject, pointer: string, depth: number, budget: Budget): Filter {
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

function joined(operands: readonly Filter[], join: (operands: readonly Filter[]) => Filter): Filter {
  const distinct = new Map(operands.map((operand) => [canonicalize(operand), operand]));
  const sorted = [...distinct.keys()].sort().flatMap((key) => distinct.get(key) ?? []);
  return sorted.length === 1 && sorted[0] ? sorted[0] : join(sorted);
}

function parseNot(value: JsonObject, pointer: string, depth: number, budget: Budget): Filter {
  refuseUnknownKeys(value, ['not'], pointer, 'A filter with `not`');
  return opposite(parseNode(value['not'], pointerTo(pointer, 'not'), depth + 1, budget));
}

/** Exactly the events that the filter does not pass. What has an operator for that is written with it. */
function opposite(filter: Filter): Filter {
  if ('not' in filter) return filter.not;
  if (!('property' in filter)) return { not: filter };
  const { property } = filter;
  if ('eq' in filter) return { property, ne: filter.eq };
  if ('ne' in filter) return { property, eq: filter.ne };
  if ('in' in filter) return { property, not_in: filter.in };
  if ('not_in' in filter) return { property, in: filter.not_in };
  if ('exists' in filter) return { property, exists: !filter.exists };
  return { not: filter };
}
