import type { SavedDefinition } from '../cohort/definition.js';
import { isObject } from '../json-shape.js';
import { isMetricId } from '../metric/catalogue.js';
import { refuseLaterForm, unreadable } from './stored-form.js';

const SAVED_LEAVES = ['all', 'members', 'cohort'] as const;

/**
 * What a saved rule or set is made of, as it was stored in any form, in today's.
 * @throws Failure stored_form_unreadable
 */
export function readDefinition(stored: unknown, form: number): SavedDefinition {
  refuseLaterForm('definition', form);
  if (isDefinition(stored, SAVED_LEAVES)) return stored;
  throw unreadable('definition');
}

/** A version of a named metric as it was stored in any form. */
export interface StoredMetric {
  readonly builtIn: string;
  readonly fixed: unknown;
  readonly defaults: unknown;
  readonly form: number;
}

/** @throws Failure stored_form_unreadable */
export function refuseUnreadableMetric({ builtIn, fixed, defaults, form }: StoredMetric): void {
  refuseLaterForm('named_metric', form);
  if (!isMetricId(builtIn) || !isObject(fixed) || !isObject(defaults)) throw unreadable('named_metric');
}

/** Whether it is a definition with leaves of these kinds, as far as everything that reads it relies on. */
export function isDefinition(value: unknown, leaves: readonly string[]): value is SavedDefinition {
  if (!isObject(value)) return false;
  if ('rule' in value) return isRule(value['rule']) && isDefinition(value['universe'], leaves);
  if ('set' in value) return isSetOf(value['set'], leaves);
  return leaves.some((leaf) => (leaf === 'all' ? value[leaf] === true : typeof value[leaf] === 'string'));
}

function isSetOf(set: unknown, leaves: readonly string[]): boolean {
  if (!isObject(set)) return false;
  const [[operation, operands] = ['', null], ...others] = Object.entries(set);
  return (
    others.length === 0 &&
    ['and', 'or', 'except'].includes(operation) &&
    Array.isArray(operands) &&
    operands.every((operand) => isDefinition(operand, leaves))
  );
}

function isRule(rule: unknown): boolean {
  if (!isObject(rule)) return false;
  if ('and' in rule) return Array.isArray(rule['and']) && rule['and'].every(isRule);
  if ('or' in rule) return Array.isArray(rule['or']) && rule['or'].every(isRule);
  if ('not' in rule) return isRule(rule['not']);
  return isObject(rule['did']) || isObject(rule['born']) || typeof rule['trait'] === 'string';
}
