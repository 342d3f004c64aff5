import { FILTER_LIMITS, OPERATORS, TEXT_OPERATORS, type Operator } from '../event/filter.js';
import { DEFINITION_LIMITS } from './definition-limits.js';

type Schema = Readonly<Record<string, unknown>>;

const ref = (name: string): Schema => ({ $ref: `#/$defs/${name}` });
const orNull = (schema: Schema): Schema => ({ anyOf: [schema, { type: 'null' }] });
const closed = (properties: Readonly<Record<string, Schema>>, required: readonly string[] = []): Schema => ({
  type: 'object',
  additionalProperties: false,
  properties,
  required,
});
const listOf = (items: Schema, maxItems: number = DEFINITION_LIMITS.nodes): Schema => ({
  type: 'array',
  minItems: 1,
  maxItems,
  items,
});

const NAME: Schema = { type: 'string', minLength: 1, maxLength: 200 };
const COUNT: Schema = { type: 'integer', minimum: 0, maximum: 1_000_000_000 };
const INTERVAL = { from: orNull(ref('instant')), to: orNull(ref('instant')) };
const VALUE: Schema = { type: ['string', 'number', 'boolean'] };

/** A test of a property or a trait: exactly one operator. */
function testOn(subject: 'property' | 'trait'): Schema {
  return {
    oneOf: OPERATORS.map((operator) =>
      closed({ [subject]: NAME, [operator]: operand(operator), ...beside(operator) }, [subject, operator]),
    ),
  };
}

function beside(operator: Operator): Readonly<Record<string, Schema>> {
  return TEXT_OPERATORS.some((name) => name === operator) ? { ignore_case: { type: 'boolean' } } : {};
}

function operand(operator: Operator): Schema {
  switch (operator) {
    case 'eq':
    case 'ne':
      return VALUE;
    case 'in':
    case 'not_in':
      return listOf(VALUE, FILTER_LIMITS.values);
    case 'exists':
      return { type: 'boolean' };
    case 'contains':
    case 'starts_with':
    case 'ends_with':
      return { type: 'string', minLength: 1, maxLength: FILTER_LIMITS.text };
    case 'before':
    case 'after':
      return { anyOf: [ref('instant'), closed({ last: ref('duration') }, ['last'])] };
    default:
      return { type: 'number' };
  }
}

const DID: Schema = {
  ...closed({
    event: orNull(ref('event')),
    where: orNull(ref('filter')),
    at_least: orNull({ ...COUNT, minimum: 1 }),
    at_most: orNull(COUNT),
    exactly: orNull(COUNT),
    within: orNull(ref('within')),
  }),
  description:
    'So many events: `at_least` 1 unless one of the three counts is given. Several tests in `where` are of the same event; for different events join two `did` by `and`.',
};

/**
 * The JSON Schema of a cohort as requests and other cohorts write it. What it takes may still be refused: names that are not there, days that do not exist, what is
 * beyond a limit.
 */
export const COHORT_SCHEMA = {
  $schema: 'https://json-schema.org/draft/2020-12/schema',
  title: 'Cohort',
  description:
    'Ids and names of saved cohorts, expressions of them (`&` binds tighter than `~`; parentheses), and inline cohorts.',
  oneOf: [
    { ...NAME, maxLength: 200_000, description: 'An id, a name, or an expression such as january&(buyers~readers).' },
    closed({ all: { const: true } }, ['all']),
    closed({ user: ref('user') }, ['user']),
    closed({ users: { type: 'array', maxItems: DEFINITION_LIMITS.users, items: ref('user') } }, ['users']),
    {
      ...closed({ members: { type: 'string', pattern: '^[0-9a-f]{64}$' } }, ['members']),
      description: 'A list that a request has named before, by its SHA-256, as an answer tells it.',
    },
    closed({ rule: ref('rule'), universe: orNull({ $ref: '#' }) }, ['rule']),
    closed({ set: ref('set') }, ['set']),
  ],
  $defs: {
    user: { type: 'string', minLength: 1, maxLength: 256, description: 'At most 256 bytes of UTF-8.' },
    set: {
      oneOf: [
        { ...NAME, maxLength: 200_000 },
        closed({ and: listOf({ $ref: '#' }) }, ['and']),
        closed({ or: listOf({ $ref: '#' }) }, ['or']),
        { ...closed({ except: listOf({ $ref: '#' }) }, ['except']), description: 'The first without all others.' },
      ],
    },
    rule: {
      oneOf: [
        closed({ did: DID }, ['did']),
        { ...closed({ did_not: DID }, ['did_not']), description: 'The exact negation of `did`.' },
        testOn('trait'),
        closed({ born: closed({ ...INTERVAL, birth: orNull(ref('birth')) }) }, ['born']),
        closed({ and: listOf(ref('rule')) }, ['and']),
        closed({ or: listOf(ref('rule')) }, ['or']),
        closed({ not: ref('rule') }, ['not']),
      ],
    },
    within: {
      oneOf: [
        closed(INTERVAL),
        { ...closed({ last: ref('duration') }, ['last']), description: 'Up to as_of.' },
        closed(
          {
            since_birth: closed(
              { offset: orNull(ref('duration')), length: ref('duration'), birth: orNull(ref('birth')) },
              ['length'],
            ),
          },
          ['since_birth'],
        ),
      ],
    },
    birth: {
      oneOf: [
        closed({ kind: { const: 'registration' } }, ['kind']),
        closed({ kind: { const: 'first_event' }, event: orNull(ref('event')), where: orNull(ref('filter')) }, ['kind']),
      ],
    },
    event: { oneOf: [NAME, listOf(NAME, 1_000)] },
    filter: {
      oneOf: [
        testOn('property'),
        closed({ and: listOf(ref('filter'), FILTER_LIMITS.filters) }, ['and']),
        closed({ or: listOf(ref('filter'), FILTER_LIMITS.filters) }, ['or']),
        closed({ not: ref('filter') }, ['not']),
      ],
    },
    instant: {
      type: 'string',
      description: 'RFC 3339 with an offset, or a date: its first instant in the time zone.',
      examples: ['1997-01-01', '1997-01-01T00:00:00Z'],
    },
    duration: {
      type: 'string',
      pattern: '^P',
      description: 'ISO 8601: weeks, days, hours, minutes, seconds.',
      examples: ['P30D'],
    },
  },
} as const;
