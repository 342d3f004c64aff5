import { invalid } from '../failure.js';
import { textProblem } from '../text.js';
import { COMMON_PASSWORDS } from './common-passwords.js';

const MIN = 12;
const MAX = 128;
const KEYBOARD = [
  'abcdefghijklmnopqrstuvwxyz',
  '01234567890',
  'qwertyuiopasdfghjklzxcvbnm',
  'qwertzuiopasdfghjklyxcvbnm',
];

/**
 * A new password: 12 to 128 characters of any kind, none of the most common ones, no run along the keyboard, and not the
 * address.
 * @throws Failure invalid_field
 */
export function parsePassword(value: unknown, pointer: string, email: string): string {
  // Not quoted in any message.
  if (typeof value !== 'string') throw invalid('invalid_field', pointer, 'A password is a text.');
  const length = Array.from(value.slice(0, 2 * MAX + 1)).length;
  if (length < MIN || length > MAX) {
    throw invalid('invalid_field', pointer, `A password has ${MIN} to ${MAX} characters, not ${length}.`);
  }
  const problem = textProblem(value);
  if (problem !== null) throw invalid('invalid_field', pointer, `The password ${problem}.`);
  if (isCommon(value, email)) {
    throw invalid(
      'invalid_field',
      pointer,
      'The password is one that is tried first. Take a longer one, of several words.',
    );
  }
  return value;
}

function isCommon(password: string, email: string): boolean {
  const plain = password.toLowerCase();
  const bare = plain.replaceAll(/[\s._-]/g, '');
  const isListed = COMMON_PASSWORDS.has(plain) || COMMON_PASSWORDS.has(bare);
  const isRun = KEYBOARD.some((row) => `${row}${row}`.includes(bare) || backwards(`${row}${row}`).includes(bare));
  const [name = ''] = email.split('@');
  return isListed || isRun || isRepeated(bare) || bare === email || bare.replaceAll(/\d/g, '') === name;
}

/** One to four characters over and over. */
function isRepeated(text: string): boolean {
  return /^(.{1,4}?)\1+$/su.test(text);
}

function backwards(text: string): string {
  return Array.from(text).toReversed().join('');
}
