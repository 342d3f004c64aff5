import type { ResolvedCohort } from '../cohort/resolved-cohort.js';
import { isDefined, type CanonicalCohort } from '../cohort/definition.js';
import { definitionHash } from '../cohort/definition-hash.js';
import { isDefinition } from './read-definition.js';
import { Failure } from '../failure.js';
import { isObject, type JsonObject } from '../json-shape.js';
import { isMetricId } from '../metric/catalogue.js';
import { SEMANTICS_VERSION, type CanonicalRequest } from '../request/canonical-request.js';
import { planRequest } from '../request/plan-request.js';
import { WEEK_DAYS } from '../time/week-day.js';
import { refuseLaterForm, unreadable } from './stored-form.js';

const CANONICAL_LEAVES = ['all', 'members'] as const;

/**
 * A canonical request as it was stored in any form, in today's. What it means stays what it was: it keeps the version
 * of its semantics, and its hash.
 * @throws Failure stored_form_unreadable
 */
export function readRequest(stored: unknown, form: number): CanonicalRequest {
  refuseLaterForm('request', form);
  if (!isObject(stored)) throw unreadable('request');
  const filled = form === 1 ? withoutParts(stored) : stored;
  if (!isCanonical(filled)) throw unreadable('request');
  return filled;
}

/** A request as a run is to measure it. */
export interface RenewedRequest {
  readonly canonical: CanonicalRequest;
  readonly hash: string;
}

/** Whether a run that has waited over an upgrade means something else by now. */
export function isOfOldSemantics({ semantics_version: version }: CanonicalRequest): boolean {
  return version !== SEMANTICS_VERSION;
}

/**
 * What is measured in place of a request that has waited for its run over an upgrade: the same question by today's
 * meanings, under today's hash.
 * @throws Failure stored_form_unreadable where today's program would refuse it
 */
export function renewRequest(stored: CanonicalRequest): RenewedRequest {
  const { semantics_version: _, cohort, ...requested } = stored;
  const context = { timeZone: requested.time_zone, weekStart: requested.week_start, cohort: resolvedCohort(cohort) };
  try {
    // A canonical request spells every field, so it plans to itself; its as_of was not in the future.
    const { canonical, hash } = planRequest(requested, context, Infinity);
    return { canonical, hash };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw unreadable(
      'request',
      `was accepted by an earlier version of Muster, and this one refuses it (${error.detail})`,
    );
  }
}

/** The size of a list is not known here; the run counts its members. */
function resolvedCohort(cohort: CanonicalCohort): ResolvedCohort {
  const origin = { id: null, name: null, version: null };
  if (isDefined(cohort)) return { kind: 'definition', definition: cohort, hash: definitionHash(cohort), ...origin };
  return 'all' in cohort
    ? { kind: 'all', ...origin }
    : { kind: 'members', setHash: cohort.members, size: 0, ...origin };
}

/** Of form 1. */
function withoutParts(stored: JsonObject): JsonObject {
  const { window } = stored;
  const aged = isObject(window) && window['kind'] === 'since_birth' ? { ...window, age: 'elapsed' } : window;
  return { ...stored, window: aged, series: null, breakdown: [] };
}

/** As far as everything that reads it relies on. */
function isCanonical(value: JsonObject): value is JsonObject & CanonicalRequest {
  const { semantics_version: semantics, cohort, metric, params, birth, as_of: asOf } = value;
  return (
    typeof semantics === 'number' &&
    semantics <= SEMANTICS_VERSION &&
    isDefinition(cohort, CANONICAL_LEAVES) &&
    isMetricId(metric) &&
    isObject(params) &&
    isWindow(value['window']) &&
    (birth === null || (isObject(birth) && typeof birth['kind'] === 'string')) &&
    isSeries(value['series']) &&
    Array.isArray(value['breakdown']) &&
    Array.isArray(value['aggregators']) &&
    typeof value['time_zone'] === 'string' &&
    WEEK_DAYS.some((day) => day === value['week_start']) &&
    (asOf === null || isInstant(asOf))
  );
}

function isWindow(window: unknown): boolean {
  if (window === null) return true;
  if (!isObject(window)) return false;
  if (window['kind'] === 'fixed') return isInstant(window['from']) && isInstant(window['to']);
  return (
    window['kind'] === 'since_birth' &&
    typeof window['age'] === 'string' &&
    typeof window['length'] === 'string' &&
    typeof window['offset'] === 'string' &&
    isObject(window['births'])
  );
}

function isSeries(series: unknown): boolean {
  if (series === null) return true;
  return isObject(series) && typeof series['interval'] === 'string' && typeof series['by'] === 'string';
}

function isInstant(value: unknown): boolean {
  return typeof value === 'string' && !Number.isNaN(Date.parse(value));
}
