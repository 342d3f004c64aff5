import { attempt } from './attempt.js';

/** Whether a query parameter may leave the browser, by its name; and its value then. */
export type KeepParameter = (name: string, value: string) => string | undefined;

/**
 * An address without what may say too much: user, password, fragment, and query parameters but for those that are kept.
 * Undefined where it is none of the web. With `hashRoutes` a fragment that begins with `#/` or `#!/` stays, without its
 * query.
 */
export function cleanUrl(text: string, keep: KeepParameter, hashRoutes?: boolean): string | undefined {
  const url = attempt(() => new URL(text));
  if (!url?.protocol.startsWith('http')) return undefined;
  const query = new URLSearchParams();
  url.searchParams.forEach((value, name) => {
    const kept = keep(name, value);
    if (kept) query.append(name, kept);
  });
  return url.origin + url.pathname + (`${query}` && `?${query}`) + (hashRoutes ? routeOf(url) : '');
}

/** The route that single-page applications keep in the fragment, with its `#`. */
export const routeOf = ({ hash }: { readonly hash: string }): string => /^#!?\/[^?]*/.exec(hash)?.[0] ?? '';

/** What tells the source of a session. Of click ids, which name a person's click, only that they are there. */
export const sourceParameter: KeepParameter = (name, value) => {
  if (/^utm_(source|medium|campaign|term|content)$/.test(name)) return value;
  return /(clk?|_c|scc|igsh|li_fat_)id$|^[gw]braid$|^epik$/i.test(name) ? '1' : undefined;
};
