import { Failure, invalidParameter } from '../failure.js';
import { quoted } from '../json-shape.js';
import { parseInterval } from '../series/parse-series.js';
import { cutUp } from '../series/series-slices.js';
import type { Calendar, Period } from '../time/calendar.js';
import { formatInstant, parseInstant } from '../time/instant.js';

/** When active users are asked for, as it is written. */
export interface WrittenInstants {
  readonly at?: string;
  readonly from?: string;
  readonly to?: string;
  readonly interval?: string;
}

/** A slice of a history, and the instant of its figures: its end, or now where it is not over. */
export interface HistorySlice extends Period {
  readonly label: string;
  readonly asOfMs: number;
  readonly isComplete: boolean;
}

export interface RequestedHistory {
  readonly kind: 'history';
  /** A period of the calendar, or a canonical duration. */
  readonly interval: string;
  /** At least one, in order; the last begins before now. */
  readonly slices: readonly HistorySlice[];
}

export type RequestedInstants =
  | { readonly kind: 'newest' }
  | { readonly kind: 'at'; readonly atMs: number }
  | RequestedHistory;

/**
 * What is asked for; dates are days of the calendar.
 * @throws Failure invalid_parameter, limit_exceeded for more slices than a series may have
 */
export function parseRequestedInstants(
  { at, from, to, interval }: WrittenInstants,
  calendar: Calendar,
  nowMs: number,
): RequestedInstants {
  const ofHistory = Object.entries({ from, to, interval }).find(([, value]) => value !== undefined)?.[0];
  if (at !== undefined) {
    if (ofHistory !== undefined)
      throw invalidParameter(
        ofHistory,
        `${ofHistory} is of a history and \`at\` of one instant. Leave one of them out.`,
      );
    return { kind: 'at', atMs: pastInstant('at', at, calendar, nowMs) };
  }
  if (ofHistory === undefined) return { kind: 'newest' };
  if (from === undefined)
    throw invalidParameter('from', 'A history begins somewhere. Give `from`, an instant or a date.');
  const fromMs = pastInstant('from', from, calendar, nowMs);
  const toMs = to === undefined ? nowMs : instantOf('to', to, calendar);
  if (toMs <= fromMs)
    throw invalidParameter('to', `to (${formatInstant(toMs)}) lies after from (${formatInstant(fromMs)}).`);
  return history({ fromMs, toMs }, interval ?? 'day', calendar, nowMs);
}

function history(range: Period, written: string, calendar: Calendar, nowMs: number): RequestedHistory {
  const interval = ofParameter('interval', () => parseInterval(written, ''));
  const all = ofParameter('interval', () => cutUp(range, interval, calendar));
  const slices = all
    .filter(({ fromMs }) => fromMs < nowMs)
    .map(({ fromMs, toMs, label }) => ({
      fromMs,
      toMs,
      label,
      asOfMs: Math.min(toMs, nowMs),
      isComplete: toMs <= nowMs,
    }));
  return { kind: 'history', interval, slices };
}

function pastInstant(name: string, text: string, calendar: Calendar, nowMs: number): number {
  const ms = instantOf(name, text, calendar);
  if (ms < nowMs || (name === 'at' && ms === nowMs)) return ms;
  throw invalidParameter(
    name,
    `${name} is over, and ${quoted(text)} lies in the future: it is ${formatInstant(nowMs)} now.`,
  );
}

function instantOf(name: string, text: string, { timeZone }: Calendar): number {
  return ofParameter(name, () => parseInstant(text, timeZone, ''));
}

/** What is wrong with a text, said of the parameter that holds it. */
function ofParameter<T>(parameter: string, parse: () => T): T {
  try {
    return parse();
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    if (error.code !== 'limit_exceeded') throw invalidParameter(parameter, error.detail);
    throw new Failure(error.code, error.detail, [{ parameter, detail: error.detail }], error.extra);
  }
}
