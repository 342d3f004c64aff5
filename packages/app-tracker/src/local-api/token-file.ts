import { randomBytes } from 'node:crypto';
import { chmodSync, closeSync, fsyncSync, openSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { systemCode } from '../tracker-problem.js';

const BYTES = 32;
/** A shorter one may be guessed. */
const MIN_CHARACTERS = 32;
const FORM = /^[\w.~+/-]+=*$/;
/** Whatever anybody but the owner may do. */
const OF_OTHERS = 0o077;

/** A token that others may read, or that is none. */
export class UnusableToken extends Error {
  override readonly name: string = 'UnusableToken';
}

/**
 * The token of a file; where there is no file, it is made with a new one that its owner alone may read. On Windows a file
 * has the rights of its folder.
 * @throws UnusableToken, and what the file system throws
 */
export function tokenOf(path: string): string {
  const made = create(path);
  if (made !== null) return made;
  const token = readFileSync(path, 'utf8').trim();
  if (process.platform !== 'win32' && (statSync(path).mode & OF_OTHERS) !== 0)
    throw new UnusableToken(`Others may read the token ${path}: its mode has to be 0600`);
  if (token.length < MIN_CHARACTERS || !FORM.test(token))
    throw new UnusableToken(`The file ${path} holds no token of ${MIN_CHARACTERS} characters or more: remove it`);
  return token;
}

/** Null: there is a file. */
function create(path: string): string | null {
  const token = randomBytes(BYTES).toString('base64url');
  try {
    const fd = openSync(path, 'wx', 0o600);
    try {
      writeFileSync(fd, `${token}\n`);
      fsyncSync(fd);
    } finally {
      closeSync(fd);
    }
    // A mask of the process may take rights away that the owner needs.
    chmodSync(path, 0o600);
    return token;
  } catch (error) {
    if (systemCode(error) === 'EEXIST') return null;
    throw error;
  }
}
