/** Numbers and times as the reader is used to them; every time says its zone. */

const WHOLE = new Intl.NumberFormat(undefined, { maximumFractionDigits: 0 });
const FIGURE = new Intl.NumberFormat(undefined, { maximumSignificantDigits: 6 });
const SHARE = new Intl.NumberFormat(undefined, {
  style: 'percent',
  minimumFractionDigits: 1,
  maximumFractionDigits: 1,
});

export function formatCount(value: number): string {
  return WHOLE.format(value);
}

/** Whole numbers in full, others in six digits. */
export function formatNumber(value: number): string {
  return Number.isInteger(value) ? WHOLE.format(value) : FIGURE.format(value);
}

/** 0.25 as 25.0 %. */
export function formatShare(value: number): string {
  return SHARE.format(value);
}

/** An instant in a time zone, to the minute, with the zone beside it. */
export function formatInstant(instant: string, timeZone: string): string {
  return new Intl.DateTimeFormat(undefined, {
    year: 'numeric',
    month: 'short',
    day: 'numeric',
    hour: '2-digit',
    minute: '2-digit',
    hourCycle: 'h23',
    timeZone,
    timeZoneName: 'short',
  }).format(new Date(instant));
}

/** Milliseconds as people say them: `3 ms`, `1.4 s`, `2 min 5 s`. */
export function formatMs(ms: number): string {
  if (ms < 1000) return `${formatCount(ms)} ms`;
  if (ms < 60_000) return `${formatNumber(Math.round(ms / 100) / 10)} s`;
  const seconds = Math.round(ms / 1000);
  return `${formatCount(Math.floor(seconds / 60))} min ${seconds % 60} s`;
}
