import { Failure } from '../../core/failure.js';
import { BodyNotes } from '../../core/ingest/body-notes.js';
import type { ItemForm } from '../../core/ingest/item-form.js';
import { LocalClock } from '../../core/time/local-clock.js';
import { DAY_MS } from '../../core/time/utc-day.js';
import { parseTimeZone } from '../../core/time/zone.js';
import type { IngestQuery } from './ingest-query.dto.js';

/**
 * How the query says that items are written. `dateZone`: where a date without a time is its day's first instant, unless `assume_zone` says otherwise;
 * null: dates are refused.
 *
 * @throws Failure invalid_parameter
 */
export function requestedForm(
  { time_format: format = 'rfc3339', assume_zone, nested = 'reject' }: IngestQuery,
  dateZone: string | null,
  refusedUsers: readonly string[],
): ItemForm {
  if (assume_zone !== undefined && format !== 'rfc3339')
    refuse(
      'assume_zone',
      'assume_zone is for times that are written out: numbers count from one instant everywhere. Leave it out.',
    );
  const zone = assume_zone === undefined ? null : zoneOf(assume_zone);
  const clock = zone === null ? null : new LocalClock(zone);
  const dateClock = dateZone === null ? null : (clock ?? new LocalClock(dateZone));
  return {
    latestMs: Date.now() + DAY_MS,
    times: { format, clock, dateClock },
    nested,
    refusedUsers: new Set(refusedUsers),
    notes: new BodyNotes(),
  };
}

function zoneOf(name: string): string {
  try {
    return parseTimeZone(name, '');
  } catch (error) {
    if (error instanceof Failure) refuse('assume_zone', error.detail);
    throw error;
  }
}

/** @throws Failure invalid_parameter */
export function refuse(parameter: string, detail: string): never {
  throw new Failure('invalid_parameter', detail, [{ parameter, detail }]);
}
