import { Temporal } from 'temporal-polyfill';

/** How a property, or a request, cuts local time. */
export interface LocalCalendar {
  readonly timeZone: string;
  readonly weekStart: string;
}

/** A slice of a range: what of its period lies in the range. */
export interface Slice {
  /** The start of the whole period, which a range may begin after. */
  readonly periodMs: number;
  readonly fromMs: number;
  readonly toMs: number;
  readonly label: string;
}

type Period = Pick<Slice, 'periodMs' | 'label'> & { readonly nextMs: number };

const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
const WEEK_DAYS = ['monday', 'tuesday', 'wednesday', 'thursday', 'friday', 'saturday', 'sunday'];

/** Every slice of [fromMs, toMs), in order. A local day that a zone left out has none. */
export function slicesOf(interval: string, fromMs: number, toMs: number, calendar: LocalCalendar): Slice[] {
  return [...periods(interval, fromMs, toMs, calendar)]
    .map(({ periodMs, nextMs, label }) => ({
      periodMs,
      fromMs: Math.max(periodMs, fromMs),
      toMs: Math.min(nextMs, toMs),
      label,
    }))
    .filter((slice) => slice.fromMs < slice.toMs);
}

/** From one that begins at `fromMs` or before it to one that ends at `toMs` or after it. */
function* periods(interval: string, fromMs: number, toMs: number, calendar: LocalCalendar): Iterable<Period> {
  if (interval.startsWith('P')) return yield* elapsedPeriods(elapsedMs(interval), fromMs, toMs);
  if (interval === 'hour' || interval === 'minute') {
    const partMs = interval === 'hour' ? HOUR_MS : MINUTE_MS;
    for (const day of calendarPeriods('day', fromMs, toMs, calendar)) yield* partsOf(day, partMs, calendar);
    return;
  }
  yield* calendarPeriods(interval, fromMs, toMs, calendar);
}

function* elapsedPeriods(lengthMs: number, fromMs: number, toMs: number): Iterable<Period> {
  for (let periodMs = fromMs; periodMs < toMs; periodMs += lengthMs) {
    yield { periodMs, nextMs: periodMs + lengthMs, label: new Date(periodMs).toISOString() };
  }
}

/** One elapsed hour or minute after another from the start of the day; the last may be shorter. */
function* partsOf(day: Period, partMs: number, { timeZone }: LocalCalendar): Iterable<Period> {
  for (let periodMs = day.periodMs; periodMs < day.nextMs; periodMs += partMs) {
    const label = local(periodMs, timeZone).toPlainDateTime().toString({ smallestUnit: 'minute' });
    yield { periodMs, nextMs: Math.min(periodMs + partMs, day.nextMs), label };
  }
}

/**
 * Begun one period early: where clocks go back over midnight, a local date can come again after the next one has begun.
 */
function* calendarPeriods(interval: string, fromMs: number, toMs: number, calendar: LocalCalendar): Iterable<Period> {
  const step = { [`${interval}s`]: 1 };
  const { timeZone } = calendar;
  let first = firstDay(interval, local(fromMs, timeZone).toPlainDate(), calendar.weekStart).subtract(step);
  for (;;) {
    const next = first.add(step);
    const periodMs = startOf(first, timeZone);
    if (periodMs >= toMs) return;
    const period = { periodMs, nextMs: startOf(next, timeZone), label: labelOf(interval, first, calendar.weekStart) };
    if (period.nextMs > periodMs && period.nextMs > fromMs) yield period;
    first = next;
  }
}

function firstDay(interval: string, day: Temporal.PlainDate, weekStart: string): Temporal.PlainDate {
  switch (interval) {
    case 'day':
      return day;
    case 'week':
      return day.subtract({ days: (day.dayOfWeek - 1 - WEEK_DAYS.indexOf(weekStart) + 7) % 7 });
    case 'month':
      return day.with({ day: 1 });
    case 'year':
      return day.with({ month: 1, day: 1 });
    default:
      throw new Error(`${interval} is no interval of the calendar`);
  }
}

function labelOf(interval: string, first: Temporal.PlainDate, weekStart: string): string {
  const date = first.toString();
  if (interval === 'year') return date.slice(0, 4);
  if (interval === 'month') return date.slice(0, 7);
  if (interval !== 'week' || weekStart !== 'monday') return date;
  return `${first.yearOfWeek}-W${String(first.weekOfYear).padStart(2, '0')}`;
}

/** The first instant of a local day; of one that does not exist, that of the next. */
function startOf(day: Temporal.PlainDate, timeZone: string): number {
  return day.toZonedDateTime(timeZone).epochMilliseconds;
}

export function local(ms: number, timeZone: string): Temporal.ZonedDateTime {
  return Temporal.Instant.fromEpochMilliseconds(ms).toZonedDateTimeISO(timeZone);
}

/** Weeks and days of 24 hours. */
export function elapsedMs(duration: string): number {
  return Temporal.Duration.from(duration).total({ unit: 'millisecond', relativeTo: '2000-01-01T00:00[UTC]' });
}
