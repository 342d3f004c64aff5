import type { CanonicalCohort } from '../cohort/definition.js';
import type { ResolvedCohort } from '../cohort/resolved-cohort.js';
import { Failure, invalid } from '../failure.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys } from '../json-shape.js';
import { parseMetric } from '../metric/catalogue.js';
import { columnsOf } from '../metric/columns-of.js';
import type { Column, MetricDefinition } from '../metric/metric.js';
import { asItIs, type NamedMetric } from '../metric/named/named-metric.js';
import { paramsMeant, refuseFixed, settledT } from '../metric/named/named-params.js';
import { parseParams } from '../metric/parse-params.js';
import { Problems } from '../problems.js';
import { parseBreakdown } from '../series/parse-breakdown.js';
import { parseSeries } from '../series/parse-series.js';
import { pointCount } from '../series/series-cells.js';
import { parseAggregators } from '../statistics/parse-aggregators.js';
import { formatInstant, parseInstant } from '../time/instant.js';
import { WEEK_DAYS } from '../time/week-day.js';
import { parseTimeZone } from '../time/zone.js';
import {
  CACHE_MODES,
  PRIORITIES,
  REQUEST_FIELDS,
  type RawRequest,
  type CacheMode,
  type Priority,
} from './raw-request.js';
import { refuseTooManyValues, type AnswerLimits } from './answer-size.js';
import { SEMANTICS_VERSION, type CanonicalBirth, type CanonicalRequest } from './canonical-request.js';
import { parseBirth } from './parse-birth.js';
import { parseWindow } from './parse-window.js';
import { requestHash } from './request-hash.js';
import { requestWarnings } from './request-warnings.js';
import type { Warning } from '../warning-codes.js';
import { settleWindow, type SettledWindow } from './settle-window.js';

/** What was loaded before planning. What could not be resolved comes as its failure, to be told with all other problems. */
export interface PlanContext {
  readonly timeZone: string;
  readonly weekStart: string;
  readonly cohort: ResolvedCohort | Failure;
  /** The metric that the request names, where the property has one of that name; else it is a built-in. */
  readonly named?: NamedMetric | Failure | null;
  /** What an answer may hold; not given: anything. */
  readonly limits?: AnswerLimits;
}

export interface PlannedRequest {
  readonly canonical: CanonicalRequest;
  readonly hash: string;
  readonly columns: readonly Column[];
  readonly warnings: readonly Warning[];
  readonly cache: CacheMode;
  readonly priority: Priority;
  /** The ingest sequence that the answer has to know of; null: what is acknowledged. */
  readonly minSeq: number | null;
}

/**
 * Makes of a body what is meant: every default filled, every equivalent spelling made one, named by its hash. `nowMs` is only compared with `as_of`.
 * All problems of independent parts are in one failure (422), each with its pointer.
 */
export function planRequest(requested: RawRequest, context: PlanContext, nowMs: number): PlannedRequest {
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(requested, REQUEST_FIELDS, '', 'A request'));
  const cohort = problems.take(() => canonicalCohort(context.cohort));
  const timeZone = problems.take(() => parseTimeZone(requested.time_zone ?? context.timeZone, '/time_zone'));
  const weekStart = problems.take(() =>
    parseChoice(requested.week_start ?? context.weekStart, WEEK_DAYS, '/week_start'),
  );
  const cache = problems.take(() => parseChoice(requested.cache ?? 'prefer', CACHE_MODES, '/cache'));
  const priority = problems.take(() => parseChoice(requested.priority ?? 'interactive', PRIORITIES, '/priority'));
  const minSeq = problems.take(() => parseMinSeq(requested.min_seq, '/min_seq'));
  // A zone that is wrong is told once; the dates are still looked at.
  const zone = timeZone ?? 'UTC';
  const asOf = problems.take(() => parseAsOf(requested.as_of, zone, nowMs));
  const metric = problems.take(() => metricOf(requested.metric, context.named));
  const definition = metric?.definition;
  const window = problems.take(() => parseWindow(requested.window, zone, '/window'));
  const isCalendarT = definition?.windowFromT === true && window?.kind === 'since_birth' && window.age === 'calendar';
  const givenT = metric && settledT(metric, requested.params);
  const meant = metric && paramsMeant(metric, requested.params);
  if (metric) problems.take(() => refuseFixed(metric, requested.params, '/params'));
  const params =
    definition && problems.take(() => parseParams(definition, isCalendarT ? without(meant, 't') : meant, '/params'));
  const series =
    window === undefined ? undefined : problems.take(() => parseSeries(requested.series, window, '/series'));
  const breakdown = definition && problems.take(() => parseBreakdown(requested.breakdown, definition, '/breakdown'));
  const birth = problems.take(() => settleBirth(definition, parseBirth(requested.birth, '/birth')));
  const aggregators =
    definition && problems.take(() => parseAggregators(requested.aggregators, definition.columns, '/aggregators'));
  const settled =
    definition && params && window !== undefined
      ? problems.take(() => settleWindow(definition, params, givenT, window, series ?? null))
      : undefined;
  if (
    problems.any ||
    !cohort ||
    !timeZone ||
    !weekStart ||
    !cache ||
    !priority ||
    minSeq === undefined ||
    !definition ||
    !settled ||
    !birth ||
    !aggregators ||
    !breakdown ||
    series === undefined ||
    asOf === undefined
  ) {
    throw problems.failure();
  }
  const canonical: CanonicalRequest = {
    semantics_version: SEMANTICS_VERSION,
    cohort,
    metric: definition.id,
    params: settled.params,
    window: settled.window,
    birth: needsBirth(definition, settled) ? birth : null,
    series,
    breakdown,
    aggregators,
    time_zone: timeZone,
    week_start: weekStart,
    as_of: asOf,
  };
  const points = pointCount(canonical);
  // Of groups there is one at least; how many there are is known when they have been counted.
  if (context.limits) refuseTooManyValues(canonical, points, breakdown.length, context.limits);
  return {
    canonical,
    hash: requestHash(canonical),
    columns: columnsOf(canonical),
    warnings: requestWarnings(canonical),
    cache,
    minSeq,
    priority,
  };
}

function metricOf(requested: unknown, named: PlanContext['named']): NamedMetric {
  if (named instanceof Failure) throw named;
  return named ?? asItIs(parseMetric(requested, '/metric'));
}

function canonicalCohort(cohort: ResolvedCohort | Failure): CanonicalCohort {
  if (cohort instanceof Failure) throw cohort;
  if (cohort.kind === 'definition') return cohort.definition;
  return cohort.kind === 'all' ? { all: true } : { members: cohort.setHash };
}

function settleBirth(definition: MetricDefinition | undefined, birth: CanonicalBirth): CanonicalBirth {
  if (!definition?.ofRegistrations || birth.kind === 'registration') return birth;
  const detail = `${definition.id} looks at registrations: leave \`birth\` out, or give {"kind": "registration"}.`;
  throw invalid('invalid_field', '/birth/kind', detail);
}

/** A fixed window without births is one for everybody, born or not; so is being active at all. */
function needsBirth(definition: MetricDefinition, { window, params }: SettledWindow): boolean {
  if (definition.ofRegistrations) return true;
  if (definition.looksBack) return params['kind'] !== 'active';
  return window?.kind === 'since_birth' || (window?.births ?? null) !== null;
}

function without(params: unknown, name: string): unknown {
  if (!isObject(params)) return params;
  return Object.fromEntries(Object.entries(params).filter(([key]) => key !== name));
}

function parseAsOf(value: unknown, timeZone: string, nowMs: number): string | null {
  if (!isGiven(value)) return null;
  const ms = parseInstant(value, timeZone, '/as_of');
  if (ms <= nowMs) return formatInstant(ms);
  const detail = `\`as_of\` is ${formatInstant(ms)}, in the future; give an instant up to now, ${formatInstant(nowMs)}, or leave it out.`;
  throw invalid('invalid_time', '/as_of', detail);
}

function parseMinSeq(value: unknown, pointer: string): number | null {
  if (!isGiven(value)) return null;
  if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) return value;
  throw invalid(
    'invalid_field',
    pointer,
    `\`min_seq\` is an ingest_seq that an answer has told, not ${quoted(value)}.`,
  );
}

function parseChoice<T extends string>(value: unknown, choices: readonly T[], pointer: string): T {
  const chosen = choices.find((choice) => choice === value);
  if (chosen !== undefined) return chosen;
  throw invalid('invalid_field', pointer, `Give one of ${listed(choices)}, not ${quoted(value)}.`);
}
