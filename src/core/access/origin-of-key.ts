/**
 * Whether a page of `origin`, as a browser writes it, is one of `origins` (`parseOrigins`): the same one, or a host below
 * the name of a `*.example.org`.
 */
export function isOriginOf(origins: readonly string[], origin: string): boolean {
  const sent = origin.toLowerCase();
  if (origins.includes(sent)) return true;
  const host = hostOf(sent);
  return host !== null && origins.some((one) => one.startsWith('*.') && host.endsWith(one.slice(1)));
}

/** The origin of the page that a `Referer` names; null: it names none. */
export function originOfReferer(referer: string): string | null {
  return /^https?:\/\//i.test(referer) && URL.canParse(referer) ? new URL(referer).origin : null;
}

function hostOf(origin: string): string | null {
  if (!/^https?:\/\//.test(origin) || !URL.canParse(origin)) return null;
  const url = new URL(origin);
  return url.origin === origin ? url.hostname : null;
}
