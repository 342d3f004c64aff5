import type { CanonicalCohort } from '../cohort/definition.js';
import type { ResolvedCohort } from '../cohort/resolved-cohort.js';
import { Failure, invalid } from '../failure.js';
import { isGiven, isObject, listed, quoted, refuseUnknownKeys } from '../json-shape.js';
import { parseMetric } from '../metric/catalogue.js';
import { columnsOf } from '../metric/columns-of.js';
import type { Column, MetricDefinition } from '../metric/metric.js';
import { parseParams } from '../metric/parse-params.js';
import { Problems } from '../problems.js';
import { parseAggregators } from '../statistics/parse-aggregators.js';
import { formatInstant, parseInstant } from '../time/instant.js';
import { parseTimeZone } from '../time/zone.js';
import { CACHE_MODES, REQUEST_FIELDS, WEEK_DAYS, type AskedRequest, type CacheMode } from './asked-request.js';
import {
  SEMANTICS_VERSION,
  type CanonicalBirth,
  type CanonicalRequest,
  type CanonicalWindow,
} from './canonical-request.js';
import { parseBirth } from './parse-birth.js';
import { parseWindow } from './parse-window.js';
import { requestHash } from './request-hash.js';
import { requestWarnings } from './request-warnings.js';
import type { Warning } from './run-result.js';
import { settleWindow } from './settle-window.js';

/** What was loaded before planning. A cohort that could not be resolved comes as its failure, to be told with all other problems. */
export interface PlanContext {
  readonly timeZone: string;
  readonly weekStart: string;
  readonly cohort: ResolvedCohort | Failure;
}

export interface PlannedRequest {
  readonly canonical: CanonicalRequest;
  readonly hash: string;
  readonly columns: readonly Column[];
  readonly warnings: readonly Warning[];
  readonly cache: CacheMode;
}

/**
 * Makes of a body what is meant: every default filled, every equivalent spelling made one, named by its hash. `nowMs` is only compared with `as_of`.
 * All problems of independent parts are in one failure (422), each with its pointer.
 */
export function planRequest(asked: AskedRequest, context: PlanContext, nowMs: number): PlannedRequest {
  const problems = new Problems();
  problems.take(() => refuseUnknownKeys(asked, REQUEST_FIELDS, '', 'A request'));
  const cohort = problems.take(() => canonicalCohort(context.cohort));
  const timeZone = problems.take(() => parseTimeZone(asked.time_zone ?? context.timeZone, '/time_zone'));
  const weekStart = problems.take(() => parseChoice(asked.week_start ?? context.weekStart, WEEK_DAYS, '/week_start'));
  const cache = problems.take(() => parseChoice(asked.cache ?? 'prefer', CACHE_MODES, '/cache'));
  // A zone that is wrong is told once; the dates are still looked at.
  const zone = timeZone ?? 'UTC';
  const asOf = problems.take(() => parseAsOf(asked.as_of, zone, nowMs));
  const definition = problems.take(() => parseMetric(asked.metric, '/metric'));
  const params = definition && problems.take(() => parseParams(definition, asked.params, '/params'));
  const window = problems.take(() => parseWindow(asked.window, zone, '/window'));
  const birth = problems.take(() => settleBirth(definition, parseBirth(asked.birth, '/birth')));
  const aggregators =
    definition && problems.take(() => parseAggregators(asked.aggregators, definition.columns, '/aggregators'));
  const settled =
    definition && params && window !== undefined
      ? problems.take(() => settleWindow(definition, params, isTGiven(asked.params), window))
      : undefined;
  if (
    problems.any ||
    !cohort ||
    !timeZone ||
    !weekStart ||
    !cache ||
    !definition ||
    !settled ||
    !birth ||
    !aggregators ||
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
    birth: definition.ofRegistrations || needsBirth(settled.window) ? birth : null,
    series: null,
    breakdown: [],
    aggregators,
    time_zone: timeZone,
    week_start: weekStart,
    as_of: asOf,
  };
  return {
    canonical,
    hash: requestHash(canonical),
    columns: columnsOf(canonical),
    warnings: requestWarnings(canonical),
    cache,
  };
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

/** A fixed window without births is one for everybody, born or not. */
function needsBirth(window: CanonicalWindow): boolean {
  return window.kind === 'since_birth' || window.births !== null;
}

function isTGiven(params: unknown): boolean {
  return isObject(params) && isGiven(params['t']);
}

function parseAsOf(value: unknown, timeZone: string, nowMs: number): string | null {
  if (!isGiven(value)) return null;
  const ms = parseInstant(value, timeZone, '/as_of');
  if (ms <= nowMs) return formatInstant(ms);
  const detail = `\`as_of\` is ${formatInstant(ms)}, in the future; give an instant up to now, ${formatInstant(nowMs)}, or leave it out.`;
  throw invalid('invalid_time', '/as_of', detail);
}

function parseChoice<T extends string>(value: unknown, choices: readonly T[], pointer: string): T {
  const chosen = choices.find((choice) => choice === value);
  if (chosen !== undefined) return chosen;
  throw invalid('invalid_field', pointer, `Give one of ${listed(choices)}, not ${quoted(value)}.`);
}
