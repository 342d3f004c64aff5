import { attempt } from './attempt.js';

/** What is to be remembered is so for a year. */
export const YEAR_S = 31_536_000;

/** The value of a cookie; undefined: there is none, or the page may read none (a sandboxed frame). */
export function readCookie(name: string): string | undefined {
  return attempt(() => {
    const found = document.cookie.split('; ').find((cookie) => cookie.startsWith(`${name}=`)) as string;
    return decodeURIComponent(found.slice(name.length + 1));
  });
}

/** Sets a cookie of the whole site for some seconds, where the browser lets the page; 0 seconds remove it. */
export function writeCookie(name: string, value: string, seconds: number, domain?: string): void {
  const where = (domain ? `; Domain=${domain}` : '') + (location.protocol === 'https:' ? '; Secure' : '');
  attempt(() => {
    document.cookie = `${name}=${encodeURIComponent(value)}; Path=/; Max-Age=${seconds}; SameSite=Lax${where}`;
  });
}
