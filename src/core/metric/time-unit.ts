import { formatDuration, parseDuration } from '../time/duration.js';
import type { Column } from './metric.js';

/** The parameter `unit` in milliseconds. */
export function unitMs(params: Readonly<Record<string, unknown>>): number {
  return parseDuration(params['unit'], '/params/unit');
}

/** What one period of `event_rate` lasts, in milliseconds. */
export function periodMs(params: Readonly<Record<string, unknown>>): number {
  return unitMs(params) * Number(params['unit_count']);
}

/** Columns, some of them in other units. */
export function withUnits(columns: readonly Column[], units: Readonly<Record<string, string>>): readonly Column[] {
  return columns.map((column) => {
    const unit = units[column.name];
    return unit === undefined ? column : Object.assign({}, column, { unit });
  });
}

const WORDS: Readonly<Record<string, string>> = {
  PT1S: 'second',
  PT1M: 'minute',
  PT1H: 'hour',
  P1D: 'day',
  P7D: 'week',
};

/** A unit as a column names it: a word where there is one, else the duration. */
export function unitName(ms: number): string {
  const duration = formatDuration(ms);
  return WORDS[duration] ?? duration;
}
