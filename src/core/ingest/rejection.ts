/**
 * Why an item was not taken. Codes are stable; what would be right follows from the code, the place and what is lacking
 * there.
 */
export const REJECTION_CODES = [
  'malformed_json',
  'not_an_object',
  'unknown_field',
  'duplicate_field',
  'missing_field',
  'invalid_type',
  'invalid_length',
  'invalid_time',
  'time_out_of_range',
  'number_out_of_range',
  'lone_surrogate',
  'nul_character',
  'too_many_properties',
  'invalid_cell',
  'wrong_cell_count',
  'item_too_long',
  'refused_user',
] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];

/** What a value lacks, where the code leaves that open. */
export const ITEM_FAULTS = {
  offset: 'has no offset: add Z or +01:00, or say assume_zone',
  time_of_day: 'is a date without a time of day: add one, such as T00:00:00Z',
  day: 'names a day that does not exist',
  clock:
    'has a time of day that does not exist: hours go to 23, minutes and seconds to 59, and leap seconds are not taken',
  zone_name: 'ends in the name of a zone: write Z or an offset such as +01:00 for it',
  skipped: 'is skipped by the clocks of assume_zone: no such time was there',
  time_format: 'is a number: say what it counts by time_format=epoch_s, epoch_ms or epoch_us',
  epoch: 'is no number such as time_format asks for',
  finite: 'is beyond 1.7976931348623157e308: numbers must be finite',
  exact: 'is an integer beyond 2^53 that a number (a double) does not hold exactly: send it as text',
  level: 'is nested deeper than by one level: leave it out, or say nested=drop',
  list: 'is a list: leave it out, join it to a text, or say nested=drop',
  object: 'is an object: send its values by names of their own, or say nested=flatten or nested=drop',
  number: 'must be a number such as -12.5 or 1e3, or nothing',
  comma_number: 'must be a number with a decimal comma and no other separator, such as -12,5, or nothing',
  boolean: 'must be true or false, or nothing',
  late: 'is more than 7 days back: older events are not taken here',
  keyless:
    'is of a day whose visitors cannot be told any more: an event without `visitor` is taken until the day after',
  of_accounts: 'is for $signup, $login and $update that name a user',
  of_sign_ups: 'is for $signup and $login that name a user',
} as const;
export type ItemFaultKind = keyof typeof ITEM_FAULTS;

/** What is wrong at one place of an item. */
export interface ItemFault {
  readonly code: RejectionCode;
  /** JSON Pointer into the item; empty: all of it. */
  readonly pointer: string;
  readonly lack: ItemFaultKind | null;
  /** What stands there, where that helps to find it. */
  readonly value: string | null;
}

export const ITEM_LIMITS = {
  userBytes: 256,
  idBytes: 256,
  /** Of a session or a tab. */
  sessionBytes: 100,
  nameCharacters: 200,
  /** Of a property or trait. */
  keyCharacters: 200,
  /** Properties of an event, traits in an upsert. */
  keys: 256,
  textBytes: 16_384,
  itemBytes: 1_000_000,
} as const;

const INSTANT = 'an RFC 3339 time with an offset, such as "1997-01-01T00:00:00Z"';
const SCALAR = `a text of at most ${ITEM_LIMITS.textBytes} bytes, a finite number or a boolean`;
const QUOTED_CHARACTERS = 60;

/** What each field must be. */
const FIELDS: Readonly<Record<string, string>> = {
  id: `a text of 1 to ${ITEM_LIMITS.idBytes} bytes`,
  user: `a text of 1 to ${ITEM_LIMITS.userBytes} bytes`,
  event: `a text of 1 to ${ITEM_LIMITS.nameCharacters} characters`,
  time: INSTANT,
  visitor: `a text of 1 to ${ITEM_LIMITS.userBytes} bytes`,
  session: `a text of 1 to ${ITEM_LIMITS.sessionBytes} bytes`,
  tab: `a text of 1 to ${ITEM_LIMITS.sessionBytes} bytes`,
  properties: `an object whose values are each ${SCALAR}`,
  registered_at: `${INSTANT}, or null to remove it`,
  traits: `an object whose values are each ${SCALAR}, or null to remove the trait`,
};

/** What is wrong, and what would be right, in a sentence. */
export function faultDetail({ code, pointer, lack, value }: ItemFault): string {
  const [, field = '', key] = pointer.split('/');
  const what = key === undefined ? `"${field}"` : 'The value';
  if (lack === null) return general(code, field, what, key !== undefined);
  return `${what} ${ITEM_FAULTS[lack]}${value === null ? '' : ` (${quotedValue(value)})`}.`;
}

function general(code: RejectionCode, field: string, what: string, isKey: boolean): string {
  const expected = isKey ? SCALAR : (FIELDS[field] ?? SCALAR);
  switch (code) {
    case 'malformed_json':
      return 'The item must be one valid JSON object.';
    case 'not_an_object':
      return 'The item must be a JSON object.';
    case 'unknown_field':
      return 'There is no such field; values of your own go into "properties" (of events) or "traits" (of users).';
    case 'duplicate_field':
      return 'The name stands twice in its object; send it once.';
    case 'missing_field':
      return `${what} is required: ${expected}.`;
    case 'invalid_type':
      return `${what} must be ${expected}.`;
    case 'invalid_length':
      return isKey
        ? `Names have 1 to ${ITEM_LIMITS.keyCharacters} characters, texts at most ${ITEM_LIMITS.textBytes} bytes.`
        : `${what} must be ${expected}.`;
    case 'invalid_time':
      return `${what} must be ${INSTANT}.`;
    case 'time_out_of_range':
      return `${what} must lie between 1970-01-01T00:00:00Z and 24 hours from now.`;
    case 'number_out_of_range':
      return 'The number must be finite, and an integer beyond 2^53 one that a double holds exactly.';
    case 'lone_surrogate':
      return 'The text holds half of a surrogate pair, which has no UTF-8 form; send both halves or neither.';
    case 'nul_character':
      return 'The text holds a NUL character (\\u0000); leave it out.';
    case 'too_many_properties':
      return `At most ${ITEM_LIMITS.keys} names fit into ${what}.`;
    case 'invalid_cell':
      return 'The cell must hold what its column says, or nothing.';
    case 'wrong_cell_count':
      return 'The row must have as many cells as the header.';
    case 'refused_user':
      return `The property refuses the id in ${what}: it is nobody's. GET .../refused-users lists such ids.`;
    case 'item_too_long':
      return `An item must have at most ${ITEM_LIMITS.itemBytes} bytes.`;
  }
}

function quotedValue(value: string): string {
  const characters = Array.from(value.slice(0, 2 * QUOTED_CHARACTERS + 2));
  const isCut = characters.length > QUOTED_CHARACTERS;
  return JSON.stringify(characters.slice(0, QUOTED_CHARACTERS).join('')) + (isCut ? '…' : '');
}
