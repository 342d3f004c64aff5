/** The end of a day of the reader's calendar, `2026-03-01`, as an instant. */
export function endOfDay(day: string): string {
  const [year = 0, month = 1, date = 1] = day.split('-').map(Number);
  return new Date(year, month - 1, date + 1).toISOString();
}

/** The last day of the reader's calendar that is over by an instant; empty where there is none. */
export function lastDayBefore(instant: string | null): string {
  if (instant === null) return '';
  const last = new Date(new Date(instant).getTime() - 1);
  const two = (value: number): string => String(value).padStart(2, '0');
  return `${last.getFullYear()}-${two(last.getMonth() + 1)}-${two(last.getDate())}`;
}
