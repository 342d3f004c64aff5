import type { ActiveUsersPlan } from '../../core/usage/active-users-plan.js';
import { int64Ms, type ParamList } from '../compiled-query.js';

/**
 * How times are written in the arrays of a user, of which many are held at once: as the number of units after an
 * instant, rounded up. All instants and windows lie on whole units, so a time and what it is rounded to are in the same
 * windows.
 */
export interface GatheredTimes {
  /** Times up to it are in no window. */
  readonly afterMs: number;
  /** Of an expression in milliseconds that is later than `afterMs`. */
  written(ms: string): string;
  /** The milliseconds of one that was written. */
  read(written: string): string;
}

export function gatheredTimes({ instants, windowsMs }: ActiveUsersPlan, params: ParamList): GatheredTimes {
  const first = instants[0] ?? 0;
  const afterMs = first - Math.max(...windowsMs);
  const unitMs = [...instants.map((ms) => ms - first), ...windowsMs].reduce(greatestDivisor, 0);
  const most = ((instants.at(-1) ?? 0) - afterMs) / unitMs;
  const type = most < 2 ** 16 ? 'UInt16' : most < 2 ** 32 ? 'UInt32' : 'UInt64';
  const unit = (): string => int64Ms(unitMs, params);
  return {
    afterMs,
    written: (ms) => `to${type}(intDiv(${ms} - ${int64Ms(afterMs - unitMs + 1, params)}, ${unit()}))`,
    read: (written) => `${int64Ms(afterMs, params)} + toInt64(${written}) * ${unit()}`,
  };
}

function greatestDivisor(a: number, b: number): number {
  let [larger, smaller] = [a, b];
  while (smaller !== 0) [larger, smaller] = [smaller, larger % smaller];
  return larger;
}
