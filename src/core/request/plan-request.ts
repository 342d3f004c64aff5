import type { CanonicalCohort } from '../cohort/definition.js';
import type { ResolvedCohort } from '../cohort/resolved-cohort.js';
import { Failure, invalid } from '../failure.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys } from '../json-shape.js';
import { columnsOf, parseMetric } from '../metric/catalogue.js';
import type { MetricDefinition } from '../metric/define-metric.js';
import type { Column } from '../metric/metric.js';
import { asItIs, paramsMeant, refuseFixed, settledT, type NamedMetric } from '../metric/named/named-metric.js';
import { parseParams } from '../metric/parse-params.js';
import { Problems } from '../problems.js';
import type { CanonicalBreakdown } from '../series/breakdown.js';
import { parseBreakdown, type Measured } from '../series/parse-breakdown.js';
import { parseSeries } from '../series/parse-series.js';
import { pointCount } from '../series/series-cells.js';
import { parseAggregators, type Aggregator } from '../statistics/aggregators.js';
import { formatInstant, parseInstant } from '../time/instant.js';
import { WEEK_DAYS, type WeekDay } from '../time/week-day.js';
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
import {
  requestHash,
  SEMANTICS_VERSION,
  type CanonicalBirth,
  type CanonicalParams,
  type CanonicalRequest,
  type CanonicalSeries,
} from './canonical-request.js';
import { parseBirth, parseWindow, type ParsedWindow } from './parse-window.js';
import type { Warning } from '../warning-codes.js';
import { settleWindow, type SettledWindow } from './settle-window.js';

/**
 * What was loaded before planning. What could not be resolved is its failure, which is reported with all other
 * problems.
 */
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
 * Makes the canonical request of a body, with its hash: every default filled, equivalent spellings made one. `nowMs` is
 * only compared with `as_of`. All problems of independent parts are in one failure (422), each with its pointer.
 */
export function planRequest(requested: RawRequest, context: PlanContext, nowMs: number): PlannedRequest {
  const { cohort, definition, settled, birth, series, breakdown, aggregators, ...parts } = parseParts(
    requested,
    context,
    nowMs,
  );
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
    time_zone: parts.timeZone,
    week_start: parts.weekStart,
    as_of: parts.asOf,
  };
  const points = pointCount(canonical);
  // Of groups there is one at least; how many there are is known when they have been counted.
  if (context.limits) refuseTooManyValues(canonical, points, breakdown.length, context.limits);
  return {
    canonical,
    hash: requestHash(canonical),
    columns: columnsOf(canonical),
    warnings: definition.warnings(canonical),
    cache: parts.cache,
    minSeq: parts.minSeq,
    priority: parts.priority,
  };
}

/** What the fields of a request say. */
interface RequestParts {
  readonly cohort: CanonicalCohort;
  readonly timeZone: string;
  readonly weekStart: WeekDay;
  readonly cache: CacheMode;
  readonly priority: Priority;
  readonly minSeq: number | null;
  readonly asOf: string | null;
  readonly definition: MetricDefinition;
  readonly settled: SettledWindow;
  readonly series: CanonicalSeries | null;
  readonly breakdown: readonly CanonicalBreakdown[];
  readonly birth: CanonicalBirth;
  readonly aggregators: readonly Aggregator[];
}

/** @throws Failure for the problems of all fields */
function parseParts(requested: RawRequest, context: PlanContext, nowMs: number): RequestParts {
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(requested, REQUEST_FIELDS, '', 'A request'));
  const cohort = problems.attempt(() => canonicalCohort(context.cohort));
  const timeZone = problems.attempt(() => parseTimeZone(requested.time_zone ?? context.timeZone, '/time_zone'));
  const weekStart = problems.attempt(() =>
    parseChoice(requested.week_start ?? context.weekStart, WEEK_DAYS, '/week_start'),
  );
  const cache = problems.attempt(() => parseChoice(requested.cache ?? 'prefer', CACHE_MODES, '/cache'));
  const priority = problems.attempt(() => parseChoice(requested.priority ?? 'interactive', PRIORITIES, '/priority'));
  const minSeq = problems.attempt(() => parseMinSeq(requested.min_seq, '/min_seq'));
  // A zone that is wrong is reported once; the dates are still checked.
  const zone = timeZone?.value ?? 'UTC';
  const asOf = problems.attempt(() => parseAsOf(requested.as_of, zone, nowMs));
  const metric = problems.attempt(() => metricOf(requested.metric, context.named));
  const definition = metric && { value: metric.value.definition };
  const window = problems.attempt(() => parseWindow(requested.window, zone, '/window'));
  if (metric) problems.take(() => refuseFixed(metric.value, requested.params, '/params'));
  const params = problems.attemptWith({ metric }, ({ metric: of }) =>
    parseMetricParams(of, requested.params, window?.value ?? null),
  );
  const series = problems.attemptWith({ window }, (of) => parseSeries(requested.series, of.window, '/series'));
  // Of parameters that are wrong the metric's own columns stand for those that they would ask for.
  const measured = definition && { value: measuredBy(definition.value, params?.value) };
  const breakdown = problems.attemptWith({ measured }, (of) =>
    parseBreakdown(requested.breakdown, of.measured, '/breakdown'),
  );
  const birth = problems.attempt(() => settleBirth(definition?.value ?? null, parseBirth(requested.birth, '/birth')));
  const aggregators = problems.attemptWith({ measured }, (of) =>
    parseAggregators(requested.aggregators, of.measured.columns, '/aggregators'),
  );
  const settled = problems.attemptWith({ metric, params, window }, (of) =>
    settleWindow(
      of.metric.definition,
      of.params,
      settledT(of.metric, requested.params),
      of.window,
      series?.value ?? null,
    ),
  );
  return problems.all({
    cohort,
    timeZone,
    weekStart,
    cache,
    priority,
    minSeq,
    asOf,
    definition,
    settled,
    series,
    breakdown,
    birth,
    aggregators,
  });
}

/** A `t` that is the length of a calendar window is not parsed here: it is settled with the window. */
function parseMetricParams(metric: NamedMetric, params: unknown, window: ParsedWindow | null): CanonicalParams {
  const { definition } = metric;
  const isCalendarT = definition.windowFromT && window?.kind === 'since_birth' && window.age === 'calendar';
  const meant = paramsMeant(metric, params);
  return parseParams(definition, isCalendarT ? without(meant, 't') : meant, '/params');
}

function measuredBy(definition: MetricDefinition, params: CanonicalParams | undefined): Measured {
  return { definition, columns: params ? definition.columnsFor(params) : definition.columns };
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

function settleBirth(definition: MetricDefinition | null, birth: CanonicalBirth): CanonicalBirth {
  if (!definition?.ofRegistrations || birth.kind === 'registration') return birth;
  const detail = `${definition.id} looks at registrations: leave \`birth\` out, or give {"kind": "registration"}.`;
  throw invalid('invalid_field', '/birth/kind', detail);
}

/** A fixed window without `births` measures all users, with or without birth. */
function needsBirth(definition: MetricDefinition, { window, params }: SettledWindow): boolean {
  if (definition.needsBirth(params)) return true;
  if (definition.looksBack) return false;
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
