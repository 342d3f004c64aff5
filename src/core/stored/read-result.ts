import { isObject } from '../json-shape.js';
import type { RunResult } from '../request/run-result.js';
import { refuseLaterForm, unreadable } from './stored-form.js';

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
