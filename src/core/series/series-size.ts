import { Failure } from '../failure.js';

/**
 * Refuses a series of which each of `points` is measured for each of `users`, before it is run: how long it takes and
 * what it needs follow from their number.
 * @throws Failure limit_exceeded for more than `limit` rows
 */
export function refuseTooManyRows(users: number, points: number, limit: number): void {
  const rows = users * points;
  if (rows <= limit) return;
  const detail = `The series measures ${users} users at ${points} points (with the whole window), ${rows} rows; the limit \`series_rows\` is ${limit}. Ask for fewer points by a longer interval or age, or for a smaller cohort.`;
  const error = { pointer: '/series', detail };
  throw new Failure('limit_exceeded', detail, [error], { limit: 'series_rows', value: limit });
}
