import { newId } from './ids.js';
import type { Properties } from './options.js';
import { createTracker } from './tracker.js';

/** The options of aktivat's tracker. */
interface TrackrOptions {
  /** The public key. */
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
  signupUser(id: string | number, data?: Properties, signupDate?: number | string | Date): void;
  loginUser(id: string | number): void;
  loginAndImportUser(id: string | number, data?: Properties, signupDate?: number | string | Date): void;
  updateUser(data: Properties): void;
  logoutUser(): void;
}

const script = document.currentScript as HTMLScriptElement | null;
const globals = window as unknown as Record<string, unknown>;

/** Nested data become one level: `{address: {city}}` is `address_city`. */
function flat(data: object = {}, start = ''): Properties {
  const all: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(data) as [string, unknown][]) {
    if (typeof value === 'object' && value !== null) Object.assign(all, flat(value, `${start}${name}_`));
    else all[start + name] = value;
  }
  return all;
}

/** A date as aktivat takes it: a UNIX timestamp in seconds; milliseconds and texts are understood as well. */
function instant(when?: number | string | Date): Date | undefined {
  if (when === undefined) return undefined;
  return new Date(typeof when === 'number' && when < 1e11 ? when * 1000 : when);
}

/** The tab's id, which `window.name` keeps after the prefix. */
function tabId({ tabIdPrefix = 'trackit_tab_', trackTabs }: TrackrOptions): string {
  if (trackTabs === false) return '';
  if (!window.name.startsWith(tabIdPrefix)) window.name = tabIdPrefix + newId();
  return window.name.slice(tabIdPrefix.length);
}

/** As a constructor: `window.trackr = new Trackr(options)`. */
globals['Trackr'] = function Trackr(options: TrackrOptions): Trackr {
  const { account, serverUrl, trackrClass, loadstartvariable = 'trackrloadstart' } = options;
  const tracker = createTracker({
    key: account,
    serverUrl: serverUrl ?? script?.src.replace(/\/js\/[^/]*$/, '') ?? location.origin,
    // Also as a selector, which was its default.
    trackrClass: trackrClass?.replace(/^\./, ''),
    pages: 'load',
    cookies: {
      session: options.sessionCookieName ?? 'trackit_session',
      visitor: options.v_visitorCookieName ?? 'trackit_v_visitor',
      user: options.visitorCookieName ?? 'trackit_visitor',
    },
    tab: tabId(options),
    startedAt: (globals[loadstartvariable] as number | undefined) ?? Date.now(),
  });
  return {
    trackPageStart() {
      tracker.trackPageStart();
      globals[loadstartvariable] = Date.now();
    },
    trackPageEnd: () => tracker.trackPageEnd(),
    signupUser: (id, data, signupDate) => tracker.signup(`${id}`, flat(data), instant(signupDate)),
    loginUser: (id) => tracker.login(`${id}`),
    loginAndImportUser: (id, data, signupDate) => tracker.login(`${id}`, flat(data), instant(signupDate)),
    updateUser: (data) => tracker.update(flat(data)),
    logoutUser: () => tracker.logout(),
  };
};
