import { both, verdict, type Rule } from './rules.js';
import { literal, pattern, type Definitions } from './sql-text.js';

const CLOCK = '([01]\\d|2[0-3]):[0-5]\\d';
const DATE = '\\d\\d\\d\\d-\\d\\d-\\d\\d';
const USUAL = new RegExp(`^${DATE}T${CLOCK}:[0-5]\\d(\\.\\d{1,9})?(Z|[+-]${CLOCK})$`);
const ANY = new RegExp(`^${DATE}[Tt]${CLOCK}:[0-5]\\d(\\.\\d+)?([Zz]|[+-]${CLOCK})$`);
const FINER_THAN_NANOSECONDS = /(\.\d{9})\d+/;

/**
 * `<name>_at_time`: the instant that the text of a field names by RFC 3339, in whole milliseconds (finer digits are cut); null
 * where it names none: another form, a day that does not exist, a leap second.
 */
export function instantDefinitions(name: string): Definitions {
  const text = `${name}_text`;
  const usual = `upper(replaceRegexpOne(${text}, ${pattern(FINER_THAN_NANOSECONDS)}, '\\\\1'))`;
  // ClickHouse: the parser knows real days and leap years, but takes hour 24, and no lower case or more than nine decimals.
  const readable = `multiIf(match(${text}, ${pattern(USUAL)}), ${text}, match(${text}, ${pattern(ANY)}), ${usual}, '')`;
  return [[`${name}_instant`, `parseDateTime64BestEffortOrNull(${readable}, 3, 'UTC')`]];
}

/** `given`: SQL for whether there is a text to look at. `latestMs`: SQL for the last instant that is taken. */
export function instantRules(name: string, given: string, latestMs: string): Rule[] {
  const at = literal(`/${name}`);
  const ms = `toUnixTimestamp64Milli(assumeNotNull(${name}_instant))`;
  // ClickHouse: it reads the year 0000 as this year.
  const tooEarly = `${name}_text < '1969-12-31'`;
  return [
    { fails: both(given, `isNull(${name}_instant)`), verdict: verdict('invalid_time', at) },
    {
      fails: both(given, `bitOr(${tooEarly}, ${ms} NOT BETWEEN 0 AND ${latestMs})`),
      verdict: verdict('time_out_of_range', at),
    },
  ];
}
