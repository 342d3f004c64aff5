/** Why an item was not taken. Codes are stable; what would be right follows from the code and the place. */
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
] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];

/** An item that was not taken. `index` counts the items of the body from 0; `pointer` is a JSON Pointer into the item (empty: all of it). */
export interface Rejection {
  readonly index: number;
  readonly code: RejectionCode;
  readonly pointer: string;
}

/** So many are told of; all are counted. */
export const MAX_REJECTIONS_TOLD = 100;

export const ITEM_LIMITS = {
  userBytes: 256,
  idBytes: 256,
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

/** What each field must be. */
const FIELDS: Readonly<Record<string, string>> = {
  id: `a text of 1 to ${ITEM_LIMITS.idBytes} bytes`,
  user: `a text of 1 to ${ITEM_LIMITS.userBytes} bytes`,
  event: `a text of 1 to ${ITEM_LIMITS.nameCharacters} characters`,
  time: INSTANT,
  properties: `an object whose values are each ${SCALAR}`,
  registered_at: `${INSTANT}, or null to remove it`,
  traits: `an object whose values are each ${SCALAR}, or null to remove the trait`,
};

/** What would be right, in a sentence. */
export function rejectionDetail({ code, pointer }: Pick<Rejection, 'code' | 'pointer'>): string {
  const [, field = '', key] = pointer.split('/');
  const isKey = key !== undefined;
  const what = isKey ? 'The value' : `"${field}"`;
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
      return `${what} must be ${INSTANT}, on a day that exists; leap seconds are not taken.`;
    case 'time_out_of_range':
      return `${what} must lie between 1970-01-01T00:00:00Z and 24 hours from now.`;
    case 'number_out_of_range':
      return 'The number is beyond 1.7976931348623157e308; numbers must be finite.';
    case 'lone_surrogate':
      return 'The text holds half of a surrogate pair, which has no UTF-8 form; send both halves or neither.';
    case 'nul_character':
      return 'The text holds a NUL character (\\u0000); leave it out.';
    case 'too_many_properties':
      return `At most ${ITEM_LIMITS.keys} names fit into ${what}.`;
    case 'invalid_cell':
      return 'The cell must hold what its column says: a finite number such as 12.5; or true or false; or nothing.';
    case 'wrong_cell_count':
      return 'The row must have as many cells as the header.';
    case 'item_too_long':
      return `An item must have at most ${ITEM_LIMITS.itemBytes} bytes.`;
  }
}
