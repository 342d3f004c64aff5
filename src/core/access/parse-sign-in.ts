import { invalid } from '../failure.js';
import { isGiven, parseObject } from '../json-shape.js';
import { parseTogether } from '../problems.js';
import { parseText } from '../text.js';
import { parseEmail } from './parse-email.js';

export interface SignIn {
  readonly email: string;
  readonly password: string;
}

export interface Acceptance extends SignIn {
  readonly token: string;
  readonly name: string | null;
}

/** Longer ones are no password of anybody, and would cost time. */
const ANY_PASSWORD = { min: 1, max: 128 };

/** @throws Failure invalid_field, unknown_field */
export function parseSignIn(value: unknown): SignIn {
  const body = parseObject(value, 'The body', ['email', 'password']);
  return parseTogether({
    email: () => parseEmail(body['email'], '/email'),
    password: () => parseSecret(body['password'], '/password'),
  });
}

/** @throws Failure invalid_field, unknown_field */
export function parseAcceptance(value: unknown): Acceptance {
  const body = parseObject(value, 'The body', ['token', 'email', 'password', 'name']);
  return parseTogether({
    token: () => parseSecret(body['token'], '/token'),
    email: () => parseEmail(body['email'], '/email'),
    password: () => parseSecret(body['password'], '/password'),
    name: () => (isGiven(body['name']) ? parseText(body['name'], { min: 1, max: 200 }, '/name', 'A name') : null),
  });
}

/** @throws Failure invalid_field, unknown_field */
export function parsePasswordChange(value: unknown): { readonly old: string; readonly new: string } {
  const body = parseObject(value, 'The body', ['old', 'new']);
  return parseTogether({
    old: () => parseSecret(body['old'], '/old'),
    new: () => parseSecret(body['new'], '/new'),
  });
}

/** The id of the account that a session chooses. @throws Failure invalid_field, unknown_field */
export function parseChoice(value: unknown): string {
  const { account } = parseObject(value, 'The body', ['account']);
  if (typeof account === 'string') return account;
  throw invalid('invalid_field', '/account', '`account` is the id of an account. GET /v1/session lists yours.');
}

/** A text that stands in no message. */
function parseSecret(value: unknown, pointer: string): string {
  if (typeof value === 'string' && value.length >= ANY_PASSWORD.min && value.length <= 2 * ANY_PASSWORD.max)
    return value;
  throw invalid('invalid_field', pointer, `\`${pointer.slice(1)}\` is a text of 1 to ${ANY_PASSWORD.max} characters.`);
}
