/** What a request says, in words. */

type Part = Readonly<Record<string, unknown>>;

const REASONS: Readonly<Record<string, string>> = {
  unknown_user: 'nothing is known of the user',
  excluded: 'the user was not among those asked',
  no_birth: 'the user has no birth',
  out_of_range: 'born outside of the asked interval',
  censored: 'the window is not over yet',
  never: 'it never happened',
  no_denominator: 'there is nothing to divide by',
  not_numeric: 'the values are no numbers',
};

export function reasonWords(reason: string): string {
  return REASONS[reason] ?? reason;
}

/** A cohort as it stands in a request: `january`, `everybody`, `a rule`. */
export function cohortWords(cohort: unknown): string {
  if (typeof cohort === 'string') return cohort;
  const part = (cohort ?? {}) as Part;
  if (typeof part['name'] === 'string') return part['name'];
  if (part['all'] === true) return 'everybody';
  if (typeof part['user'] === 'string') return part['user'];
  if (Array.isArray(part['users'])) return `a list of ${part['users'].length} users`;
  if (typeof part['members'] === 'string') return 'a list of users';
  if (part['set'] !== undefined) return 'a set of cohorts';
  if (part['rule'] !== undefined) return 'a rule';
  return 'a cohort of its own';
}

/** The window of a resolved request, with what its ages count from and its time zone. */
export function windowWords(request: Part, timeZone: string): string {
  const window = request['window'] as Part | null | undefined;
  const zone = String(request['time_zone'] ?? timeZone);
  if (window === null || window === undefined) return `Days are those of ${zone}.`;
  if (window['kind'] === 'fixed') {
    return `From ${dayOf(window['from'])} to before ${dayOf(window['to'])}, days of ${zone}.`;
  }
  const offset = window['offset'];
  const after = offset === undefined || offset === null || offset === 'PT0S' ? '' : `, from ${String(offset)} on`;
  return `In the first ${durationWords(String(window['length']))} of each user${after}, counted from ${birthWords(request['birth'])}; days of ${zone}.`;
}

function birthWords(birth: unknown): string {
  const part = (birth ?? {}) as Part;
  if (part['kind'] !== 'first_event') return 'registration';
  const event = part['event'];
  const named = Array.isArray(event) ? event.join(' or ') : event;
  return named === null || named === undefined ? 'the first event' : `the first ${String(named)}`;
}

function dayOf(instant: unknown): string {
  const text = String(instant);
  return text.endsWith('T00:00:00.000Z') ? text.slice(0, 10) : text;
}

const UNITS: Readonly<Record<string, string>> = { Y: 'year', M: 'month', W: 'week', D: 'day' };
const TIME_UNITS: Readonly<Record<string, string>> = { H: 'hour', M: 'minute', S: 'second' };

/** `P30D` as `30 days`; what it does not know stays as it is. */
export function durationWords(duration: string): string {
  const found = /^P((?:\d+[YMWD])*)(?:T((?:\d+(?:\.\d+)?[HMS])+))?$/.exec(duration);
  if (found === null || duration === 'P') return duration;
  const parts = [...piecesOf(found[1] ?? '', UNITS), ...piecesOf(found[2] ?? '', TIME_UNITS)];
  return parts.length === 0 ? duration : parts.join(' ');
}

function piecesOf(text: string, units: Readonly<Record<string, string>>): string[] {
  return [...text.matchAll(/([\d.]+)([A-Z])/g)].map(
    ([, count = '', unit = '']) => `${count} ${units[unit] ?? unit}${count === '1' ? '' : 's'}`,
  );
}
