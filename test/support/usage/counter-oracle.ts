import { Temporal } from 'temporal-polyfill';
import { temporalPeriod } from '../oracle/temporal-calendar.js';

// What counters hold, over plain arrays: every count stays an item of its own, and goes from level to level by its date.
// So does every date, counted or not: those that are not deleted are the days of means.

type Level = 'base' | 'day' | 'month';

interface Atom {
  readonly date: string;
  readonly startMs: number;
  readonly category: string;
  readonly event: string;
  readonly count: number;
  level: Level;
}

export interface OracleSettings {
  readonly baseMinutes: number;
  readonly baseDays: number;
  readonly days: number;
  readonly eventMonths: number;
  readonly months: number;
}

export interface OraclePeriod {
  readonly from: string;
  readonly to: string;
  readonly counts: readonly { event: string; category: string; count: number; days?: number }[];
}

/** What of the periods is asked for; null: all. */
export interface OracleQuestion {
  readonly fromMs: number | null;
  readonly toMs: number | null;
  readonly category: string | null;
  readonly minimum: number;
}

const DAY_MINUTES = 1440;
/** More than base periods can be kept. */
const PAST_DAYS = 400;
const LEVELS = {
  base: ['base'],
  day: ['base', 'day'],
  month: ['base', 'day', 'month'],
  year: ['base', 'day', 'month'],
} as const satisfies Record<string, readonly Level[]>;
export type OracleInterval = keyof typeof LEVELS;

export class CounterOracle {
  settings: OracleSettings = { baseMinutes: DAY_MINUTES, baseDays: 1, days: 7, eventMonths: 3, months: 24 };
  openDate: string;
  baseFrom: string;
  private liveDate: string | null = null;
  private atoms: Atom[] = [];
  private dates: { date: string; level: Level }[] = [];
  private readonly deleted = new Set<string>();
  private readonly starts = new Map<string, number>();
  private seen: { date: string; category: string; id: string }[] = [];

  constructor(
    readonly timeZone: string,
    nowMs: number,
  ) {
    this.openDate = this.dateAt(nowMs);
    this.baseFrom = shift(this.openDate, { days: -1 });
    this.keepAll();
  }

  dateAt(ms: number): string {
    const { fromMs } = temporalPeriod(ms, 'day', { timeZone: this.timeZone, weekStart: 'monday' });
    return Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(this.timeZone).toPlainDate().toString();
  }

  replaceSettings(settings: OracleSettings): void {
    this.settings = settings;
    if (this.liveDate !== null) return;
    this.baseFrom = shift(this.openDate, { days: -settings.baseDays });
    this.keepAll();
  }

  /** Of what is not there nothing has been deleted. */
  private keepAll(): void {
    this.deleted.clear();
    this.dates = [];
    for (let ago = PAST_DAYS; ago >= 0; ago -= 1)
      this.dates.push({ date: shift(this.openDate, { days: -ago }), level: 'base' });
  }

  /** Whether counts, or ids, of an instant are refused. */
  isClosed(atMs: number, nowMs: number, first: string): boolean {
    const date = this.dateAt(atMs);
    return date < first && date < this.dateAt(nowMs);
  }

  count(atMs: number, category: string, event: string, count: number): void {
    const ms = Math.max(atMs, this.startOf(this.baseFrom));
    const date = this.dateAt(ms);
    this.live(date);
    const { baseMinutes } = this.settings;
    const since = ms - this.startOf(date);
    const startMs = baseMinutes === DAY_MINUTES ? 0 : since - (since % (baseMinutes * 60_000));
    this.atoms.push({ date, startMs: this.startOf(date) + startMs, category, event, count, level: 'base' });
  }

  see(atMs: number, category: string, id: string): void {
    const date = this.dateAt(Math.max(atMs, this.startOf(this.openDate)));
    this.live(date);
    if (!this.seen.some((one) => one.date === date && one.category === category && one.id === id))
      this.seen.push({ date, category, id });
  }

  /** As many days as are over for an hour. */
  rollUp(nowMs: number): number {
    let days = 0;
    for (; this.startOf(shift(this.openDate, { days: 1 })) + 3_600_000 <= nowMs; days += 1) this.close();
    return days;
  }

  private close(): void {
    const end = shift(this.openDate, { days: 1 });
    const { baseDays, days, eventMonths, months } = this.settings;
    for (const [date, category, count] of this.distinct(({ date: of }) => of < end))
      this.atoms.push({ date, startMs: this.startOf(date), category: 'seen', event: category, count, level: 'day' });
    this.seen = this.seen.filter(({ date }) => date >= end);
    const [firstBase, firstDay] = [shift(end, { days: -baseDays }), shift(end, { days: -days })];
    for (const one of [...this.atoms, ...this.dates]) {
      if (one.level === 'base' && one.date < firstBase) one.level = 'day';
      if (one.level === 'day' && one.date < firstDay) one.level = 'month';
    }
    const beganBefore = (bound: string) => (one: { date: string; level: Level }) =>
      one.level === 'month' && monthOf(one.date) < bound;
    const isTotal = beganBefore(shift(end, { months: -eventMonths }));
    const isDeleted = beganBefore(shift(end, { months: -months }));
    this.atoms = this.atoms
      .map((one) =>
        isTotal(one) && !['seen', 'total'].includes(one.category)
          ? { ...one, event: one.category, category: 'total' }
          : one,
      )
      .filter((one) => !isDeleted(one));
    for (const { date } of this.dates.filter(isDeleted)) this.deleted.add(date);
    this.dates = this.dates.filter((one) => !isDeleted(one));
    this.dates.push({ date: end, level: 'base' });
    this.openDate = end;
    this.baseFrom = max(this.baseFrom, firstBase);
  }

  /** Periods that overlap the bounds, the newest first. */
  read(interval: OracleInterval, nowMs: number, question: OracleQuestion): OraclePeriod[] {
    const { minimum, category: only } = question;
    const today = this.dateAt(nowMs);
    const open = this.distinct(() => true).map(([date, category, count]) => {
      return { date, startMs: this.startOf(date), category: 'seen', event: category, count };
    });
    const levels: readonly Level[] = LEVELS[interval];
    const held = this.atoms.filter(({ level }) => levels.includes(level));
    const periods = new Map<number, Omit<Atom, 'level'>[]>();
    for (const atom of interval === 'base' ? held : [...held, ...open]) {
      const start = interval === 'base' ? atom.startMs : this.startOf(startDate(atom.date, interval));
      periods.set(start, [...(periods.get(start) ?? []), atom]);
    }
    const fromMs = question.fromMs ?? -Infinity;
    const toMs = question.toMs ?? Infinity;
    return [...periods]
      .toSorted(([a], [b]) => b - a)
      .map(([start, own]) => ({ start, end: this.endOf(start, interval), own }))
      .filter(({ start, end }) => start < toMs && end > fromMs)
      .map(({ start, end, own }) => ({
        from: new Date(start).toISOString(),
        to: new Date(end).toISOString(),
        counts: this.sums(own, interval, start, today).filter(
          ({ count, category }) => count >= minimum && (only === null || category === only),
        ),
      }))
      .filter(({ counts }) => counts.length > 0);
  }

  /** Of all events that are held, in whatever form. */
  events(): number {
    return this.atoms.filter(({ category }) => category !== 'seen').reduce((sum, { count }) => sum + count, 0);
  }

  /** Of everything that is held; distinct ids count once a day. */
  total(): number {
    const counted = this.atoms.reduce((sum, { count }) => sum + count, 0);
    return counted + this.seen.length;
  }

  private sums(
    atoms: readonly Omit<Atom, 'level'>[],
    interval: string,
    start: number,
    today: string,
  ): OraclePeriod['counts'] {
    const days = interval === 'month' || interval === 'year' ? this.daysOf(this.dateAt(start), interval, today) : null;
    const keys = [...new Set(atoms.map(({ category, event }) => JSON.stringify([category, event])))];
    return keys
      .map((key) => {
        const [category, event] = JSON.parse(key) as [string, string];
        const count = atoms
          .filter((a) => a.category === category && a.event === event)
          .reduce((n, a) => n + a.count, 0);
        if (category !== 'seen' || days === null) return { event, category, count };
        return { event, category: 'daily', count: nearestTenth(count, days), days };
      })
      .toSorted((a, b) => order(a.category, b.category) || b.count - a.count || order(a.event, b.event));
  }

  private daysOf(start: string, interval: 'month' | 'year', today: string): number {
    const next = shift(start, interval === 'month' ? { months: 1 } : { years: 1 });
    let days = 0;
    for (let date = start; date < next && date <= today; date = shift(date, { days: 1 }))
      if (!this.deleted.has(date) && date >= (this.liveDate ?? date)) days += 1;
    return Math.max(days, 1);
  }

  private distinct(which: (one: { date: string }) => boolean): [date: string, category: string, count: number][] {
    const own = this.seen.filter(which);
    const keys = [...new Set(own.map(({ date, category }) => JSON.stringify([date, category])))];
    return keys.map((key) => {
      const [date, category] = JSON.parse(key) as [string, string];
      return [date, category, own.filter((one) => one.date === date && one.category === category).length];
    });
  }

  private live(date: string): void {
    if (this.liveDate === null || date < this.liveDate) this.liveDate = date;
  }

  /** A base period ends as the settings are, at the latest with its day. */
  private endOf(startMs: number, interval: OracleInterval): number {
    const first = this.dateAt(startMs);
    const endMs = this.startOf(
      shift(startDate(first, interval), { [`${interval === 'base' ? 'day' : interval}s`]: 1 }),
    );
    const { baseMinutes } = this.settings;
    return interval === 'base' && baseMinutes < DAY_MINUTES ? Math.min(startMs + baseMinutes * 60_000, endMs) : endMs;
  }

  startOf(date: string): number {
    const known = this.starts.get(date);
    if (known !== undefined) return known;
    const startMs = Temporal.PlainDate.from(date).toZonedDateTime(this.timeZone).epochMilliseconds;
    this.starts.set(date, startMs);
    return startMs;
  }
}

const NEXT = new Map<string, string>();

/** The date after another is remembered: years are gone through day by day. */
export function shift(date: string, by: { days?: number; months?: number; years?: number }): string {
  const isNext = by.days === 1;
  const known = isNext ? NEXT.get(date) : undefined;
  if (known !== undefined) return known;
  const shifted = Temporal.PlainDate.from(date).add(by).toString();
  if (isNext) NEXT.set(date, shifted);
  return shifted;
}

function monthOf(date: string): string {
  return `${date.slice(0, 7)}-01`;
}

function startDate(date: string, interval: string): string {
  if (interval === 'day' || interval === 'base') return date;
  return interval === 'month' ? monthOf(date) : `${date.slice(0, 4)}-01-01`;
}

/** A half goes up. */
function nearestTenth(count: number, days: number): number {
  const tenths = Math.floor((count * 10) / days);
  const isUp = 2 * (count * 10 - tenths * days) >= days;
  return (tenths + (isUp ? 1 : 0)) / 10;
}

function order(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0;
}

function max(a: string, b: string): string {
  return a > b ? a : b;
}
