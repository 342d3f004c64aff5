import { textProblem } from '../text.js';

/**
 * What became of a row: it names a user who is known, or one who is not, or one whom an earlier row has named, or
 * nobody at all. Each row has one.
 */
export const ROW_STATUSES = ['valid', 'unknown', 'duplicate', 'invalid', 'blank'] as const;
export type RowStatus = (typeof ROW_STATUSES)[number];

/** Why no user can have what stands in a row. */
export const ROW_PROBLEMS = [
  'blank',
  'too_long',
  'invalid_text',
  'not_a_text',
  'missing_user',
  'malformed_json',
] as const;
export type RowProblem = (typeof ROW_PROBLEMS)[number];

/** Why a row is not valid: codes are stable. */
export const ROW_REASONS = [...ROW_PROBLEMS, 'duplicate', 'unknown_user'] as const;
export type RowReason = (typeof ROW_REASONS)[number];

/** `strict`: only known users become members. `lenient`: unknown ones too, as in a list in JSON; they are counted. */
export const VALIDATION_MODES = ['strict', 'lenient'] as const;
export type ValidationMode = (typeof VALIDATION_MODES)[number];

/** Of which rows the users become members. No user is twice among them. */
export const ACCEPTED: Readonly<Record<ValidationMode, readonly RowStatus[]>> = {
  strict: ['valid'],
  lenient: ['valid', 'unknown'],
};

export const UPLOAD_LIMITS = {
  /** A row of a body, whatever it holds beside the user. */
  rowBytes: 1_000_000,
  /** What is kept of the text of a row. */
  textBytes: 256,
  /** Uploads of a property that are not expired. */
  uploads: 100,
} as const;

const MAX_ID_BYTES = 256;

/** Why a text is no user id (`parseUserId`); null: it is one. */
export function idProblem(text: string): RowProblem | null {
  if (text === '') return 'blank';
  if (text.length > MAX_ID_BYTES || Buffer.byteLength(text) > MAX_ID_BYTES) return 'too_long';
  return textProblem(text) === null ? null : 'invalid_text';
}

/** The text of a row as it is stored and shown: whole characters, up to the limit. */
export function storedText(text: string): string {
  const { textBytes } = UPLOAD_LIMITS;
  const start = text.slice(0, textBytes).replace(/[\ud800-\udbff]$/, '');
  const bytes = Buffer.from(start);
  let end = Math.min(bytes.length, textBytes);
  // Back to where a character begins.
  while (end < bytes.length && ((bytes[end] ?? 0) & 0xc0) === 0x80) end -= 1;
  return bytes.toString('utf8', 0, end);
}
