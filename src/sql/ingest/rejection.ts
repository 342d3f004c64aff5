/** Why an item was not taken. Codes are stable; what would be right follows from the code and the place. */
export const REJECTION_CODES = [
  'malformed_json',
  'not_an_object',
  'lone_surrogate',
  'number_out_of_range',
  'unknown_field',
  'duplicate_field',
  'missing_field',
  'invalid_type',
  'invalid_length',
  'nul_character',
  'invalid_time',
  'time_out_of_range',
  'too_many_properties',
  'invalid_cell',
  'wrong_column_count',
  'line_too_long',
] as const;
export type RejectionCode = (typeof REJECTION_CODES)[number];

/** An item that was not taken: its place in its batch, the code, and a JSON Pointer into the item (empty: all of it). */
export interface Rejection {
  readonly position: number;
  readonly code: RejectionCode;
  readonly pointer: string;
}

/** At most so many are told of; the others are only counted. */
export const MAX_REJECTIONS_TOLD = 100;

export const ITEM_LIMITS = {
  userBytes: 256,
  idBytes: 256,
  nameCharacters: 200,
  propertyNameCharacters: 200,
  properties: 256,
  textBytes: 16_384,
  lineBytes: 1_000_000,
} as const;

const INSTANT = 'an RFC 3339 time with an offset, such as "1997-01-01T00:00:00Z"';
const SCALAR = `text of at most ${ITEM_LIMITS.textBytes} bytes, a finite number or a boolean`;

/** What each field must be. */
const FIELDS: Readonly<Record<string, string>> = {
  id: `a text of 1 to ${ITEM_LIMITS.idBytes} bytes`,
  user: `a text of 1 to ${ITEM_LIMITS.userBytes} bytes`,
  event: `a text of 1 to ${ITEM_LIMITS.nameCharacters} characters`,
  time: INSTANT,
  properties: `an object of ${SCALAR} each`,
  registered_at: `${INSTANT}, or null to remove it`,
  traits: `an object of ${SCALAR} each, or null to remove one`,
};

/** What would be right, in a sentence. */
export function rejectionDetail({ code, pointer }: Pick<Rejection, 'code' | 'pointer'>): string {
  const [, field = '', inner] = pointer.split('/');
  const expected = inner === undefined ? (FIELDS[field] ?? SCALAR) : SCALAR;
  const what = inner === undefined ? `"${field}"` : 'The value';
  switch (code) {
    case 'malformed_json':
      return 'The item must be one valid JSON object, at most 1,000 levels deep.';
    case 'not_an_object':
      return 'The item must be a JSON object.';
    case 'lone_surrogate':
      return 'The item holds an escape that is half of a surrogate pair, which has no UTF-8 form; send both halves or neither.';
    case 'number_out_of_range':
      return 'The item holds a number beyond 1.7976931348623157e308; numbers must be finite.';
    case 'unknown_field':
      return 'There is no such field; values of your own go into "properties" (of events) or "traits" (of users).';
    case 'duplicate_field':
      return 'The name stands twice in its object; send it once.';
    case 'missing_field':
      return `${what} is required: ${expected}.`;
    case 'invalid_type':
      return `${what} must be ${expected}.`;
    case 'invalid_length':
      return lengthDetail(field, inner, expected);
    case 'nul_character':
      return 'The text holds a NUL character (\\u0000); leave it out.';
    case 'invalid_time':
      return `${what} must be ${INSTANT}, on a day that exists; leap seconds are not taken.`;
    case 'time_out_of_range':
      return `${what} must lie between 1970-01-01T00:00:00Z and 24 hours from now.`;
    case 'too_many_properties':
      return `At most ${ITEM_LIMITS.properties} names fit into one object.`;
    case 'invalid_cell':
      return 'The cell must hold what its column says: a finite number such as 12.5, or true or false; or be empty.';
    case 'wrong_column_count':
      return 'The row must have as many cells as the header.';
    case 'line_too_long':
      return `An item must have at most ${ITEM_LIMITS.lineBytes} bytes.`;
  }
}

function lengthDetail(field: string, inner: string | undefined, expected: string): string {
  if (inner === undefined) return `"${field}" must be ${expected}.`;
  return `Names have 1 to ${ITEM_LIMITS.propertyNameCharacters} characters, texts at most ${ITEM_LIMITS.textBytes} bytes.`;
}
