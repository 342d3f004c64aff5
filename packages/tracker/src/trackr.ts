import { newId } from './ids.js';
import type { Properties } from './options.js';
import { createTracker } from './tracker.js';

/** The options of aktivat's tracker. */
interface TrackrOptions {
  /** The public key, where the script's address does not have it: `/js/trackr.js?key=...`. */
  readonly account: string;
  readonly trackrClass?: string;
  readonly serverUrl?: string;
  readonly sessionCookieName?: string;
  readonly v_visitorCookieName?: string;
  readonly visitorCookieName?: string;
  readonly loadstartvariable?: string;
  readonly tabIdPrefix?: string;
  readonly trackTabs?: boolean;
}

/** Its functions. */
interface Trackr {
  trackPageStart(): void;
  trackPageEnd(): void;
  signupUser(id: string | number, data?: Properties | null, signupDate?: number | string | Date | null): unknown;
  loginUser(id: string | number): unknown;
  loginAndImportUser(
    id: string | number,
    data?: Properties | null,
    signupDate?: number | string | Date | null,
  ): unknown;
  updateUser(data: Properties): void;
  logoutUser(): void;
}

const script = document.currentScript as HTMLScriptElement | null;
const globals = window as unknown as Record<string, unknown>;

/** Nested data become one level: `{address: {city}}` is `address_city`. */
function flat(data?: object | null, start = ''): Properties {
  const all: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data ?? {}) as [string, unknown][]) {
    if (value && typeof value === 'object' && !(value instanceof Date))
      Object.assign(all, flat(value, `${start}${name}_`));
    else all[start + name] = value;
  }
  return all;
}

/**
 * A date as aktivat takes it: a UNIX timestamp in seconds; milliseconds and texts are understood as well. Undefined: it
 * is none.
 */
function instant(when?: number | string | Date | null): Date | undefined {
  if (!when) return undefined;
  const number = when instanceof Date ? NaN : +when;
  const date = new Date(isNaN(number) ? when : number < 1e11 ? number * 1000 : number);
  return isNaN(+date) ? undefined : date;
}

/** The tab's id, which `window.name` keeps after the prefix. */
function tabId({ tabIdPrefix = 'trackit_tab_', trackTabs }: TrackrOptions): string {
  if (trackTabs === false) return '';
  if (!window.name.startsWith(tabIdPrefix)) window.name = tabIdPrefix + newId();
  return window.name.slice(tabIdPrefix.length);
}

/** Pages pass on what they have, also where nobody is signed in. */
const isUser = (id?: string | number | null): boolean => id !== undefined && id !== null && id !== '';

/** The key in the script's address, for pages whose `account` stays that of aktivat. */
const keyOf = (address?: string): string | undefined =>
  (address && new URL(address).searchParams.get('key')) || undefined;

/** As a constructor: `window.trackr = new Trackr(options)`. */
globals['Trackr'] = function Trackr(options: TrackrOptions): Trackr {
  const { account, serverUrl, trackrClass, loadstartvariable = 'trackrloadstart' } = options;
  const isPrerendered = (document as Document & { prerendering?: boolean }).prerendering;
  const tracker = createTracker({
    key: keyOf(script?.src) ?? account,
    serverUrl: serverUrl ?? script?.src.replace(/\/js\/[^/]*$/, '') ?? location.origin,
    trackrClass,
    pages: 'load',
    cookies: {
      session: options.sessionCookieName ?? 'trackit_session',
      visitor: options.v_visitorCookieName ?? 'trackit_v_visitor',
      user: options.visitorCookieName ?? 'trackit_visitor',
    },
    tab: tabId(options),
    // What the page has noted before anybody saw it is not when it began.
    startedAt: isPrerendered ? undefined : ((globals[loadstartvariable] as number | undefined) ?? Date.now()),
  });
  return {
    trackPageStart() {
      tracker.trackPageStart();
      globals[loadstartvariable] = Date.now();
    },
    trackPageEnd: () => tracker.trackPageEnd(),
    signupUser: (id, data, date) => isUser(id) && tracker.signup(`${id}`, flat(data), instant(date)),
    loginUser: (id) => isUser(id) && tracker.login(`${id}`),
    loginAndImportUser: (id, data, date) => isUser(id) && tracker.login(`${id}`, flat(data), instant(date)),
    updateUser: (data) => tracker.update(flat(data)),
    logoutUser: () => tracker.logout(),
  };
};
