import { isIP } from 'node:net';
import { EnvError, makeValidator } from 'envalid';
import { isLoopbackHost } from './loopback.js';

/** A whole number within bounds, both included. */
export const wholeNumber = (min: number, max: number, fallback: number, desc: string) =>
  makeValidator<number>((input) => {
    const value = /^\d{1,15}$/.test(input) ? Number(input) : NaN;
    if (value >= min && value <= max) return value;
    throw new EnvError(`must be a whole number from ${min} to ${max}, not "${input}"`);
  })({ default: fallback, desc });

export const oneOf = <T extends string>(choices: readonly T[], fallback: NoInfer<T>, desc: string) =>
  makeValidator<T>((input) => {
    const choice = choices.find((c) => c === input);
    if (choice !== undefined) return choice;
    throw new EnvError(`must be one of ${choices.join(', ')}, not "${input}"`);
  })({ default: fallback, desc });

export const text = (fallback: string, desc: string) =>
  makeValidator<string>((input) => input)({ default: fallback, desc });

/** Addresses and networks (`10.0.0.0/8`), by commas. */
export const networks = (desc: string) =>
  makeValidator<readonly string[]>((input) => {
    const listed = input.split(',').map((one) => one.trim());
    const wrong = listed.find((one) => !isNetwork(one));
    if (wrong === undefined) return listed;
    throw new EnvError(`must be addresses and networks such as 10.0.0.0/8, by commas; "${wrong}" is none`);
  })({ default: [], desc });

function isNetwork(text: string): boolean {
  const [address = '', prefix, ...rest] = text.split('/');
  const family = isIP(address);
  if (family === 0 || rest.length > 0 || (prefix !== undefined && !/^\d{1,3}$/.test(prefix))) return false;
  return prefix === undefined || Number(prefix) <= (family === 4 ? 32 : 128);
}

/** Keys of 32 bytes as base64, by commas. The message never repeats the value. */
export const secretKeys = (desc: string) =>
  makeValidator<readonly string[]>((input) => {
    const keys = input.split(',').map((one) => one.trim());
    if (keys.every((key) => /^[\w+/-]{43}=?$/.test(key))) return keys;
    throw new EnvError('must be keys of 32 bytes as base64, by commas; "openssl rand -base64 32" prints one');
  })({ default: [], desc });

/** An origin: of https, or of http on this machine. */
export const publicUrl = (desc: string) =>
  makeValidator<string>((input) => {
    const url = parsed(input, /^https?:\/\//);
    const isOrigin = url !== undefined && url.href === `${url.origin}/`;
    if (isOrigin && (url.protocol === 'https:' || isLoopbackHost(url.hostname))) return url.origin;
    throw new EnvError('must be https://host or https://host:port, without a path; http is for localhost alone');
  })({ default: undefined, desc });

export const smtpUrl = (desc: string) =>
  makeValidator<string>((input) => {
    if (parsed(input, /^smtps?:\/\//)?.hostname) return input;
    throw new EnvError('must be smtp://user:password@host:587 or smtps://user:password@host:465');
  })({ default: undefined, desc });

/** The message never repeats the value. */
export const secret = (desc: string) =>
  makeValidator<string>((input) => {
    if (/^[\x21-\x7e]{16,}$/.test(input)) return input;
    throw new EnvError('must be at least 16 visible ASCII characters');
  })({ default: undefined, desc });

/**
 * Unset means that the store is embedded. The messages of the URL validators never repeat the value: it holds a
 * password.
 */
export const postgresUrl = (desc: string) =>
  makeValidator<string>((input) => {
    const url = parsed(input, /^postgres(ql)?:\/\//);
    const host = url?.searchParams.get('host') ?? url?.hostname;
    if (url && host && host !== EMPTY_HOST && url.pathname.length > 1) return input;
    throw new EnvError(
      'must be postgresql://user:password@host:5432/database, or postgresql://user:password@/database?host=/folder/of/socket',
    );
  })({ default: undefined, desc });

export const clickhouseUrl = (desc: string) =>
  makeValidator<string>((input) => {
    if (/^unix:\/./.test(input) || parsed(input, /^https?:\/\//)) return input;
    throw new EnvError('must be http(s)://user:password@host:8123/database, or unix:/path/of/socket');
  })({ default: undefined, desc });

export const redisUrl = (desc: string) =>
  makeValidator<string>((input) => {
    if (parsed(input, /^rediss?:\/\//)?.hostname) return input;
    throw new EnvError('must be redis://user:password@host:6379 or rediss://...');
  })({ default: undefined, desc });

const EMPTY_HOST = 'empty-host.invalid';

/** The WHATWG parser refuses `//user@/database`, which libpq and pg accept: it is shown a host that stands for none. */
function parsed(input: string, scheme: RegExp): URL | undefined {
  const candidates = scheme.test(input) ? [input, input.replace('@/', `@${EMPTY_HOST}/`)] : [];
  const valid = candidates.find((candidate) => URL.canParse(candidate));
  return valid === undefined ? undefined : new URL(valid);
}
