import type { TextSpan } from './text-span.js';

/**
 * What programs send for a user who is nobody: values that were never set, and words for everyone. Compared without
 * regard to case.
 */
export const NOBODIES = [
  'undefined',
  'null',
  'nil',
  'none',
  'nan',
  'void',
  'empty',
  'true',
  'false',
  '[object object]',
  '[object undefined]',
  '[object null]',
  '{}',
  '[]',
  '""',
  "''",
  'anonymous',
  'anon',
  'guest',
  'nobody',
  'unknown',
  'not_set',
  '(not set)',
  'not set',
  'not_authenticated',
  'user_id',
  'userid',
  'distinct_id',
  'n/a',
  'na',
  '#n/a',
  '0',
  '-1',
  '-',
  '--',
  '?',
  ' ',
  '00000000-0000-0000-0000-000000000000',
] as const;

/** With their places, by length: most ids cost two comparisons. */
const BY_LENGTH = new Map<number, { readonly index: number; readonly bytes: Buffer }[]>();
for (const [index, word] of NOBODIES.entries()) {
  const bytes = Buffer.from(word);
  BY_LENGTH.set(bytes.length, [...(BY_LENGTH.get(bytes.length) ?? []), { index, bytes }]);
}

/** The place of an id among `NOBODIES`, found on its bytes; -1: it may be somebody. */
export function suspiciousId(id: TextSpan): number {
  return BY_LENGTH.get(id.length)?.find(({ bytes }) => isWord(id, bytes))?.index ?? -1;
}

function isWord({ bytes, start }: TextSpan, word: Buffer): boolean {
  for (let i = 0; i < word.length; i++) {
    const byte = bytes[start + i] ?? 0;
    if (byte !== word[i] && (byte < 0x41 || byte > 0x5a || byte + 0x20 !== word[i])) return false;
  }
  return true;
}
