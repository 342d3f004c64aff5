import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import { calendarAfter, type Times } from './calendar-age.js';
import type { Window } from './oracle-outcome.js';
import { sunsetMs } from './request-metric.js';
import type { OracleUser } from './request-users.js';
import { elapsedMs, slicesOf, type Slice } from './slices.js';

/** What a point of a series says of itself. */
export interface OraclePoint {
  readonly fromMs: number;
  readonly toMs: number;
  readonly label: string;
  readonly age: number | null;
  readonly complete: boolean;
}

export interface MeasuredWindow extends Window {
  /** From where times are counted: birth, or the start of a fixed window. */
  readonly originMs: number;
}

/** The whole, or a point: who is in it, and over which window each is measured. */
export interface Part {
  readonly point: OraclePoint | null;
  /** A cell of a cohort table tells of those alone who were observed to its end. */
  readonly isCell: boolean;
  has(user: OracleUser): boolean;
  windowOf(user: OracleUser): MeasuredWindow;
}

type Windowed = NonNullable<CanonicalRequest['window']>;
type SinceBirth = Extract<Windowed, { kind: 'since_birth' }>;

export function totalPart(request: CanonicalRequest): Part {
  return { point: null, isCell: false, has: () => true, windowOf: (user) => wholeWindow(request, user) };
}

/** In order; null: no series is asked for. */
export function seriesParts(request: CanonicalRequest, asOfMs: number): Part[] | null {
  const { series } = request;
  if (series === null) return null;
  const window = windowIn(request);
  if (series.by === 'event_time') {
    if (window.kind !== 'fixed') throw new Error('A series by the time of events needs a fixed window');
    return slicesIn(request, window).map((slice) => timePart(request, slice, asOfMs));
  }
  return birthSlices(request).flatMap((slice) => birthParts(request, slice, asOfMs));
}

function timePart(request: CanonicalRequest, slice: Slice, asOfMs: number): Part {
  const { fromMs, toMs } = slice;
  return {
    point: pointOf(slice, null, toMs <= asOfMs),
    isCell: false,
    has: () => true,
    windowOf: () => fixedWindow(request, fromMs, toMs),
  };
}

type Cell = Pick<Window, 'startMs' | 'endMs'>;

function birthParts(request: CanonicalRequest, slice: Slice, asOfMs: number): Part[] {
  const window = windowIn(request);
  const has = ({ reason, birthMs }: OracleUser): boolean =>
    reason === null && birthMs !== null && slice.fromMs <= birthMs && birthMs < slice.toMs;
  const age = request.series?.age ?? null;
  if (age === null) {
    const point = pointOf(slice, null, slice.toMs <= asOfMs);
    return [{ point, isCell: false, has, windowOf: (user) => wholeWindow(request, user) }];
  }
  if (window.kind !== 'since_birth') throw new Error('Ages need a window since birth');
  // All births of a calendar period have one base; of elapsed ages any birth tells how many cells there are, and the
  // last when they end.
  const bases =
    window.age === 'calendar'
      ? slicesOf(unitOf(request, window), slice.fromMs, slice.toMs, calendarOf(request)).map(({ fromMs }) => fromMs)
      : [slice.toMs];
  const cellsOf = (ms: number): Cell[] => {
    const wholeMs = after(request, window, ms, [[1, window.length]]);
    const cells: Cell[] = [];
    for (let startMs = after(request, window, ms, []); startMs < wholeMs;) {
      const nextMs = after(request, window, ms, [[cells.length + 1, age]]);
      cells.push({ startMs, endMs: Math.min(nextMs, wholeMs) });
      startMs = nextMs;
    }
    return cells;
  };
  const ofBases = bases.map(cellsOf);
  const cellOf = (user: OracleUser, k: number): Cell | undefined => cellsOf(bornAt(user))[k];
  const parts: Part[] = [];
  for (let k = 0; ofBases.some((cells) => cells[k]); k += 1) {
    const complete = ofBases.every((cells) => (cells[k]?.endMs ?? -Infinity) <= asOfMs);
    parts.push({
      point: pointOf(slice, k, complete),
      isCell: true,
      has: (user) => has(user) && cellOf(user, k) !== undefined,
      windowOf: (user) => {
        const cell = cellOf(user, k);
        if (!cell) throw new Error('A user has no window in a cell that he has not');
        return sinceBirth(request, window, bornAt(user), cell.startMs, cell.endMs);
      },
    });
  }
  return parts;
}

function pointOf({ fromMs, toMs, label }: Slice, age: number | null, complete: boolean): OraclePoint {
  return { fromMs, toMs, label, age, complete };
}

function wholeWindow(request: CanonicalRequest, user: OracleUser): MeasuredWindow {
  const window = windowIn(request);
  if (window.kind === 'fixed') return fixedWindow(request, Date.parse(window.from), Date.parse(window.to));
  const ms = bornAt(user);
  const [start, end] = [after(request, window, ms, []), after(request, window, ms, [[1, window.length]])];
  return sinceBirth(request, window, ms, start, end);
}

function fixedWindow({ metric, params }: CanonicalRequest, fromMs: number, toMs: number): MeasuredWindow {
  const own = { startsAtBirth: false, originMs: fromMs };
  if (metric !== 'survival') return { ...own, startMs: fromMs, endMs: toMs };
  return { ...own, startMs: toMs, endMs: toMs + sunsetMs(params) };
}

/** The survivors of an age are those with events after its end. */
function sinceBirth(
  request: CanonicalRequest,
  window: SinceBirth,
  birthMs: number,
  startMs: number,
  endMs: number,
): MeasuredWindow {
  const [fromMs, toMs] = request.metric === 'survival' ? [endMs, endMs + sunsetMs(request.params)] : [startMs, endMs];
  const own = { startsAtBirth: true, originMs: birthMs };
  if (window.age !== 'calendar') return { ...own, startMs: fromMs, endMs: toMs };
  // Nothing begins before the birth itself.
  return { ...own, startMs: Math.max(fromMs, birthMs), endMs: Math.max(toMs, birthMs) };
}

/** So many times such durations after the offset. */
function after(request: CanonicalRequest, window: SinceBirth, birthMs: number, added: readonly Times[]): number {
  const all: Times[] = [[1, window.offset], ...added];
  if (window.age === 'calendar') return calendarAfter(baseOf(request, window, birthMs), request.time_zone, all);
  return all.reduce((ms, [times, duration]) => ms + times * elapsedMs(duration), birthMs);
}

/** The start of the calendar period, of the unit that is counted, in which someone was born. */
function baseOf(request: CanonicalRequest, window: SinceBirth, birthMs: number): number {
  const known = knownBases.get(request) ?? new Map<number, number>();
  knownBases.set(request, known);
  const base =
    known.get(birthMs) ?? slicesOf(unitOf(request, window), birthMs, birthMs + 1, calendarOf(request))[0]?.periodMs;
  if (base === undefined) throw new Error('Every instant lies in a period');
  known.set(birthMs, base);
  return base;
}

/** Asked for with every cell. */
const knownBases = new WeakMap<CanonicalRequest, Map<number, number>>();

const UNITS = { D: 'day', W: 'week', M: 'month', Y: 'year' } as const;

/** That of the ages, else the smallest of the window's length and offset; a day where both are nothing. */
function unitOf({ series }: CanonicalRequest, { length, offset }: SinceBirth): string {
  const written = series?.age ?? `${length}${offset}`;
  const smallest = (['D', 'W', 'M', 'Y'] as const).find((unit) => written.replaceAll('PT0S', '').includes(unit));
  return smallest ? UNITS[smallest] : 'day';
}

const knownSlices = new WeakMap<CanonicalRequest, Slice[]>();

/** Asked for with every window, and made once. */
function birthSlices(request: CanonicalRequest): Slice[] {
  const known = knownSlices.get(request);
  if (known) return known;
  const { from, to } = windowIn(request).births ?? { from: null, to: null };
  if (from === null || to === null) throw new Error('A series by birth needs both ends of births');
  const slices = slicesIn(request, { from, to });
  knownSlices.set(request, slices);
  return slices;
}

function slicesIn(request: CanonicalRequest, { from, to }: { readonly from: string; readonly to: string }): Slice[] {
  return slicesOf(request.series?.interval ?? '', Date.parse(from), Date.parse(to), calendarOf(request));
}

/** There is none only where one looks back from as_of, and then nobody asks for it. */
function windowIn({ window }: CanonicalRequest): Windowed {
  if (window === null) throw new Error('The request has no window');
  return window;
}

function calendarOf({ time_zone, week_start }: CanonicalRequest): { timeZone: string; weekStart: string } {
  return { timeZone: time_zone, weekStart: week_start };
}

function bornAt({ user, birthMs }: OracleUser): number {
  if (birthMs === null) throw new Error(`${user} has no birth`);
  return birthMs;
}
