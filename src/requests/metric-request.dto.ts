import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { METRIC_IDS } from '../core/metric/catalogue.js';
import { AGES } from '../core/request/parse-window.js';
import { CACHE_MODES, PRIORITIES } from '../core/request/raw-request.js';
import { MAX_GROUPS, GROUP_SIZES } from '../core/series/breakdown.js';
import { WEEK_DAYS } from '../core/time/week-day.js';
import type { ErrorCode } from '../core/error-codes.js';

const TEXT = { type: 'string' } as const;
const INSTANT = { type: 'string', description: 'RFC 3339, or a date: its first instant in the time zone.' } as const;
const DURATION = { type: 'string', format: 'duration', example: 'P30D' } as const;

const INTERVAL = { type: 'object', additionalProperties: false, properties: { from: INSTANT, to: INSTANT } } as const;

const EVENT = {
  oneOf: [TEXT, { type: 'array', items: TEXT }],
  description: 'Names of events; not given: any.',
} as const;

const WHERE = {
  type: 'object',
  additionalProperties: true,
  description:
    'A filter on properties: one of eq, ne, in, not_in, gt, gte, lt, lte, exists, contains, starts_with, ends_with, before, after; joined by and, or, not.',
  example: { property: 'cds', gte: 2 },
} as const;

const COHORT = [
  { ...TEXT, description: 'Id or name of a saved cohort, or an expression such as january&(buyers~readers).' },
  { type: 'object', additionalProperties: false, required: ['all'], properties: { all: { const: true } } },
  {
    type: 'object',
    additionalProperties: false,
    required: ['users'],
    properties: { users: { type: 'array', items: TEXT } },
  },
  { type: 'object', additionalProperties: false, required: ['user'], properties: { user: TEXT } },
  {
    type: 'object',
    additionalProperties: false,
    required: ['members'],
    properties: { members: TEXT },
    description: 'A list that a request has named before, by its SHA-256, as an answer tells it.',
  },
  {
    type: 'object',
    additionalProperties: false,
    required: ['rule'],
    properties: { rule: { type: 'object', additionalProperties: true }, universe: {} },
    description: 'See GET /v1/schemas/cohort.',
  },
  {
    type: 'object',
    additionalProperties: false,
    required: ['set'],
    properties: { set: { oneOf: [{ type: 'object', additionalProperties: true }, TEXT] } },
  },
];

const WINDOW = [
  {
    type: 'object',
    additionalProperties: false,
    required: ['kind'],
    properties: {
      kind: { const: 'since_birth' },
      age: {
        enum: AGES,
        default: 'elapsed',
        description:
          "calendar: birth is taken back to the start of its series' period (without series: its local day), and length and offset are years, months, weeks and days.",
      },
      length: DURATION,
      offset: DURATION,
      births: INTERVAL,
    },
  },
  {
    type: 'object',
    additionalProperties: false,
    required: ['kind', 'from', 'to'],
    properties: { kind: { const: 'fixed' }, from: INSTANT, to: INSTANT, births: INTERVAL },
  },
];

const BIRTH = [
  { type: 'object', additionalProperties: false, required: ['kind'], properties: { kind: { const: 'registration' } } },
  {
    type: 'object',
    additionalProperties: false,
    required: ['kind'],
    properties: { kind: { const: 'first_event' }, event: EVENT, where: WHERE },
  },
];

const BREAKDOWN = {
  oneOf: [
    TEXT,
    {
      type: 'object',
      additionalProperties: false,
      properties: {
        trait: TEXT,
        property: TEXT,
        top: { type: 'integer', minimum: 1, maximum: MAX_GROUPS },
        by: { type: 'string', enum: GROUP_SIZES },
        rest: { type: 'boolean', default: true },
      },
    },
  ],
};

const AGGREGATORS = [
  {
    ...TEXT,
    description:
      'mean, median, min, max, sum, std, variance, pNN (p0.1 to p99.9); of booleans proportion; of maps also count_by_value, the users with another number than 0; of a distinct_count also distinct, the values of all users together.',
  },
  {
    type: 'object',
    additionalProperties: false,
    required: ['histogram'],
    description:
      "Gives {edges, counts}: a bin holds the values of [e, e'), the last one also those at its end. By bins from the least to the largest value (one bin where these are equal), by width at its multiples.",
    properties: {
      histogram: {
        type: 'object',
        oneOf: [{ required: ['bins'] }, { required: ['width'] }],
        properties: {
          bins: { type: 'integer', minimum: 1, maximum: 1000 },
          width: { type: 'number', exclusiveMinimum: 0 },
        },
      },
    },
  },
  {
    type: 'object',
    additionalProperties: false,
    required: ['weighted_rate'],
    description: 'sum(w v) / sum(w) over the users with both values; the weight w is another column of the metric.',
    properties: { weighted_rate: { type: 'object', required: ['weight'], properties: { weight: TEXT } } },
  },
];

/** A body that any property answers. */
export const REQUEST_EXAMPLES = {
  counted: {
    summary: 'Events of every user in a month',
    value: {
      cohort: { all: true },
      metric: 'event_count',
      params: { event: 'purchase' },
      window: { kind: 'fixed', from: '1997-01-01', to: '1997-02-01' },
      aggregators: ['mean', 'median', 'max'],
    },
  },
};

/**
 * The body of POST /requests, as it is documented. It is read by `planRequest`, which reports everything that is wrong
 * at once, by JSON Pointer; a test holds the fields equal to those it knows.
 */
export class MetricRequestDto {
  @ApiProperty({ oneOf: COHORT as object[], example: 'january' })
  cohort!: unknown;

  @ApiProperty({
    anyOf: [{ enum: METRIC_IDS }, { type: 'string' }] as object[],
    description: 'Id of a built-in: see GET /v1/metrics; or name or id of a named metric of the property.',
    example: 'value_sum',
  })
  metric!: string;

  @ApiPropertyOptional({
    type: 'object',
    additionalProperties: true,
    description: 'Parameters of the metric: see GET /v1/metrics; of a named metric those that it leaves open.',
    properties: { event: EVENT as object, where: WHERE },
    example: { event: 'purchase', value: 'dollars' },
  })
  params?: Record<string, unknown>;

  @ApiPropertyOptional({
    oneOf: WINDOW as object[],
    description: 'Half-open. Needed, except where the parameter t of the metric says it.',
    example: { kind: 'since_birth', length: 'P30D' },
  })
  window?: unknown;

  @ApiPropertyOptional({
    oneOf: BIRTH as object[],
    description: "Where a user's age counts from; registration unless given.",
    example: { kind: 'first_event', event: 'purchase' },
  })
  birth?: unknown;

  @ApiPropertyOptional({
    type: 'object',
    description:
      'Cuts the answer up: by event_time a fixed window, by birth the users born in `births` (both ends given). With age each slice of births is cut at birth + k x age up to the length of the window: the cohort table.',
    properties: {
      interval: { type: 'string', description: 'minute, hour, day, week, month, year, or a duration such as P7D.' },
      by: { enum: ['event_time', 'birth'] },
      age: DURATION,
    },
    example: { interval: 'month', by: 'event_time' },
  })
  series?: unknown;

  @ApiPropertyOptional({
    type: 'array',
    maxItems: 1,
    items: BREAKDOWN as object,
    description:
      'trait:<name>: users by their current trait. property:<name>: the events of the window by their value. As an object with `top`: the largest groups by users, events or value (the sum of the first column), and with `rest` (true unless given) the others as one group.',
    example: ['trait:country'],
  })
  breakdown?: unknown;

  @ApiPropertyOptional({
    type: 'array',
    items: { oneOf: AGGREGATORS as object[] },
    description:
      'Names or objects with options; each name once: it is the key in the answer. Not given: by the types of the columns. Of maps all are by key, and a key that a user lacks is 0.',
    example: ['mean', 'median', 'p90', { histogram: { bins: 20 } }],
  })
  aggregators?: unknown[];

  @ApiPropertyOptional({ description: "IANA name; the property's unless given.", example: 'Europe/Berlin' })
  time_zone?: string;

  @ApiPropertyOptional({ enum: WEEK_DAYS, description: "The property's unless given." })
  week_start?: string;

  @ApiPropertyOptional({ description: 'Only data before this instant is looked at; not given: the start of the run.' })
  as_of?: string;

  @ApiPropertyOptional({
    enum: CACHE_MODES,
    default: 'prefer',
    description:
      'prefer: a fresh stored result, else a run. refresh: a new run, whatever is stored. only: the newest stored result, stale or not; none: 404 result_not_cached. stale_ok: as only, and where it is stale or missing a run, named in `refresh`.',
  })
  cache?: string;

  @ApiPropertyOptional({
    type: 'integer',
    minimum: 0,
    description: 'Waits until this ingest_seq is included in what is looked at.',
  })
  min_seq?: number;

  @ApiPropertyOptional({
    enum: PRIORITIES,
    default: 'interactive',
    description: 'bulk: nobody waits for the answer; it is begun when nothing interactive is queued.',
  })
  priority?: string;
}

/** With what a body that is not a valid request is refused, wherever one is taken. */
export const SUBMIT_PROBLEMS = [
  'invalid_field',
  'unknown_field',
  'unknown_metric',
  'unknown_cohort',
  'invalid_window',
  'invalid_time',
  'invalid_filter',
  'aggregator_not_applicable',
  'limit_exceeded',
] as const satisfies readonly ErrorCode[];
