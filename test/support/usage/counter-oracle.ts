import { Temporal } from 'temporal-polyfill';
import { temporalPeriod } from '../oracle/temporal-calendar.js';

// What counters hold, over plain arrays: every count stays an item of its own, and goes from level to level by its date.

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
  readonly counts: readonly { event: string; category: string; count: number; days?: number }[];
}

const DAY_MINUTES = 1440;

export class CounterOracle {
  settings: OracleSettings = { baseMinutes: DAY_MINUTES, baseDays: 1, days: 7, eventMonths: 3, months: 24 };
  openDate: string;
  baseFrom: string;
  private keptFrom: string;
  private liveDate: string | null = null;
  private atoms: Atom[] = [];
  private seen: { date: string; category: string; id: string }[] = [];

  constructor(
    readonly timeZone: string,
    nowMs: number,
  ) {
    this.openDate = this.dateAt(nowMs);
    this.baseFrom = shift(this.openDate, { days: -1 });
    this.keptFrom = firstMonthAt(shift(this.openDate, { months: -24 }));
  }

  dateAt(ms: number): string {
    const { fromMs } = temporalPeriod(ms, 'day', { timeZone: this.timeZone, weekStart: 'monday' });
    return Temporal.Instant.fromEpochMilliseconds(fromMs).toZonedDateTimeISO(this.timeZone).toPlainDate().toString();
  }

  replaceSettings(settings: OracleSettings): void {
    this.settings = settings;
    if (this.liveDate === null) this.baseFrom = shift(this.openDate, { days: -settings.baseDays });
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
    for (const atom of this.atoms) {
      if (atom.level === 'base' && atom.date < shift(end, { days: -baseDays })) atom.level = 'day';
      if (atom.level === 'day' && atom.date < shift(end, { days: -days })) atom.level = 'month';
    }
    const isOld = (of: number) => (one: Atom) =>
      one.level === 'month' && monthOf(one.date) < shift(end, { months: -of });
    this.atoms = this.atoms
      .map((one) =>
        isOld(eventMonths)(one) && !['seen', 'total'].includes(one.category)
          ? { ...one, event: one.category, category: 'total' }
          : one,
      )
      .filter((one) => !isOld(months)(one));
    this.openDate = end;
    this.baseFrom = max(this.baseFrom, shift(end, { days: -baseDays }));
    this.keptFrom = max(this.keptFrom, firstMonthAt(shift(end, { months: -months })));
  }

  read(interval: 'base' | 'day' | 'month' | 'year', nowMs: number, minimum = 0): OraclePeriod[] {
    const today = this.dateAt(nowMs);
    const parts = {
      base: ['base'],
      day: ['base', 'day'],
      month: ['base', 'day', 'month'],
      year: ['base', 'day', 'month'],
    };
    const open =
      interval === 'base'
        ? []
        : this.distinct(() => true).map(([date, category, count]) => ({
            date,
            startMs: this.startOf(date),
            category: 'seen',
            event: category,
            count,
          }));
    const atoms = [...this.atoms.filter(({ level }) => parts[interval].includes(level)), ...open];
    const periods = new Map<number, typeof atoms>();
    for (const atom of atoms) {
      const start = interval === 'base' ? atom.startMs : this.startOf(startDate(atom.date, interval));
      periods.set(start, [...(periods.get(start) ?? []), atom]);
    }
    return [...periods]
      .toSorted(([a], [b]) => b - a)
      .map(([start, own]) => ({ from: new Date(start).toISOString(), counts: this.sums(own, interval, start, today) }))
      .map(({ from, counts }) => ({ from, counts: counts.filter(({ count }) => count >= minimum) }))
      .filter(({ counts }) => counts.length > 0);
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
    for (let date = start; date < next; date = shift(date, { days: 1 }))
      if (date <= today && date >= this.keptFrom && date >= (this.liveDate ?? date)) days += 1;
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

  startOf(date: string): number {
    return Temporal.PlainDate.from(date).toZonedDateTime(this.timeZone).epochMilliseconds;
  }
}

function shift(date: string, by: Temporal.DurationLike): string {
  return Temporal.PlainDate.from(date).add(by).toString();
}

function monthOf(date: string): string {
  return `${date.slice(0, 7)}-01`;
}

function firstMonthAt(date: string): string {
  return date.endsWith('-01') ? date : shift(monthOf(date), { months: 1 });
}

function startDate(date: string, interval: string): string {
  if (interval === 'day') return date;
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
