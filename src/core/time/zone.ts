import { invalid } from '../failure.js';
import { quoted } from '../json-shape.js';
import { ZONE_ALIASES } from './zone-aliases.js';

/** The longest name there is has 32 characters. */
const MAX_LENGTH = 64;

const CANONICAL_BY_NAME: ReadonlyMap<string, string> = new Map(
  Object.entries(ZONE_ALIASES).flatMap(([zone, aliases]) =>
    [zone, ...aliases].map((name) => [name.toLowerCase(), zone]),
  ),
);

/**
 * The one name of a time zone, aliases resolved: `Asia/Calcutta` and `asia/kolkata` are `Asia/Kolkata`, `Etc/GMT` is
 * `UTC`. Only IANA names: an offset has no daylight saving, and short names such as PST or IST mean several zones (422
 * `invalid_field`).
 */
export function parseTimeZone(value: unknown, pointer: string): string {
  const zone = typeof value === 'string' ? resolve(value) : undefined;
  if (zone) return zone;
  throw invalid(
    'invalid_field',
    pointer,
    `Give an IANA time zone name such as "Europe/Berlin" or "UTC", not ${quoted(value)}.`,
  );
}

function resolve(name: string): string | undefined {
  if (name.length > MAX_LENGTH) return undefined;
  const known = CANONICAL_BY_NAME.get(name.toLowerCase());
  if (known) return known;
  // Every IANA name without a slash is in the table; what else ICU accepts are its own short names.
  const spelled = name.includes('/') ? spelledByIcu(name) : undefined;
  return spelled && (CANONICAL_BY_NAME.get(spelled.toLowerCase()) ?? spelled);
}

/** Asking ICU takes 0.2 ms; only zones that exist are kept, so this cannot grow beyond their number. */
const spellings = new Map<string, string>();

function spelledByIcu(name: string): string | undefined {
  const key = name.toLowerCase();
  const spelled = spellings.get(key) ?? askIcu(name);
  if (spelled) spellings.set(key, spelled);
  return spelled;
}

function askIcu(name: string): string | undefined {
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
