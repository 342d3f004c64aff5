import { Failure } from '../failure.js';
import { isObject } from '../json-shape.js';
import type { RunResult } from '../request/run-result.js';

/**
 * The form in which each kind of JSON is stored now. Whoever changes the shape of one raises its number, writes the new
 * one with every row, and leaves the reader of the old one where it is: data of every landed version stay readable
 * (decisions/0018-versions-of-what-is-stored.md).
 *
 * - `request`, the canonical request of a request and its run. 1: without series, breakdown and the kind of age.
 * - `result`, the result of a run. 1: without series and breakdown. It holds its form itself; one that does not is of
 *   form 1 or 2.
 * - `definition`, what a rule or set cohort is made of.
 * - `named_metric`, parameters of a version of a named metric.
 */
export const STORED_FORMS = { request: 2, result: 2, definition: 1, named_metric: 1 } as const;
export type StoredKind = keyof typeof STORED_FORMS;

const NAMES: Readonly<Record<StoredKind, string>> = {
  request: 'The request',
  result: 'The result of the request',
  definition: 'The definition of the cohort',
  named_metric: 'The version of the metric',
};

const ADVICE: Readonly<Record<StoredKind, string>> = {
  request: 'POST it again; DELETE removes this one.',
  result: 'POST the request again with "cache": "refresh".',
  definition: 'PUT the cohort with its definition written anew.',
  named_metric: 'PUT the metric with its parameters written anew.',
};

/** 410: it is there, and this program cannot make anything of it. */
export function unreadable(kind: StoredKind, why = 'is in a form that this version of Muster does not read'): Failure {
  return new Failure('stored_form_unreadable', `${NAMES[kind]} ${why}. ${ADVICE[kind]}`, [], { stored: kind });
}

/** @throws Failure stored_form_unreadable for a form of a later version */
export function refuseLaterForm(kind: StoredKind, form: unknown): void {
  if (typeof form === 'number' && form >= 1 && form <= STORED_FORMS[kind]) return;
  throw unreadable(kind, `was stored in form ${String(form)} by a later version of Muster, which reads it`);
}

/**
 * The result of a run as it was stored in any form, in today's.
 * @throws Failure stored_form_unreadable
 */
export function readResult(stored: unknown): RunResult {
  if (!isObject(stored)) throw unreadable('result');
  const filled = { form: 'series' in stored ? 2 : 1, series: null, breakdown: null, observed_to: null, ...stored };
  refuseLaterForm('result', filled.form);
  if (!isResult(filled)) throw unreadable('result');
  return filled;
}

function isResult(value: Readonly<Record<string, unknown>>): value is Readonly<Record<string, unknown>> & RunResult {
  return (
    Array.isArray(value['columns']) &&
    value['columns'].every((column) => isObject(column) && typeof column['name'] === 'string') &&
    isObject(value['aggregates']) &&
    Object.values(value['aggregates']).every((column) => isObject(column) && isObject(column['undefined'])) &&
    isListOrNull(value['series']) &&
    isListOrNull(value['breakdown']) &&
    typeof value['cohort_size'] === 'number' &&
    Array.isArray(value['warnings']) &&
    typeof value['attempt'] === 'number' &&
    isObject(value['timings'])
  );
}

function isListOrNull(value: unknown): boolean {
  return value === null || Array.isArray(value);
}
