import { attempt } from './attempt.js';
import type { BrowserStore } from './browser-store.js';
import { readCookie, writeCookie, YEAR_S } from './cookies.js';
import { newId, timeOf } from './ids.js';
import type { TrackerOptions } from './options.js';

/** A session ends after so long without an event. */
const IDLE_S = 1_801;
/** ... and after a day in any case. */
const LONGEST_MS = 86_400_000;
/** To read or write a cookie takes a call of another process: what is known holds so long. */
const FRESH_MS = 1_000;
const TAB = 'muster_tab';
/** Names of cookies in the store begin so: it has names of its own. */
const STORED = 'i';

/** Who is at the browser, as events say it. */
export interface Ids {
  readonly visitor: string;
  /** The session of the event, which goes on or begins. */
  readonly session: string;
  readonly tab: string | undefined;
  readonly user: string | undefined;
}

export interface Identity {
  /** Of an event of now; a `$leave` belongs to the session of its `$page`, and begins none. */
  ids(event?: string): Ids;
  setUser(user: string): void;
  /** The page is left: the next one of the tab takes its id over. */
  leave(): void;
  /** Removes every id. */
  forget(): void;
}

/**
 * Ids in cookies, which the hosts of a site share; in the store where cookies are denied. `isKept`: whether they may be
 * kept now, else they last as long as the page.
 */
export function identity(options: TrackerOptions, store: BrowserStore, isKept: () => boolean): Identity {
  const { visitor = 'muster_visitor', session = 'muster_session', user = 'muster_user' } = options.cookies ?? {};
  const { cookieDomain } = options;
  let tab = options.tab;

  const read = (name: string): string => {
    const [expires, ...value] = store.get(STORED + name)?.split(' ') ?? [];
    return (isKept() && readCookie(name)) || (+(expires ?? 0) > Date.now() ? value.join(' ') : '');
  };
  const write = (name: string, value: string, seconds: number): string => {
    const isCookie = isKept() && (writeCookie(name, value, seconds, cookieDomain), readCookie(name) === value);
    store.set(STORED + name, isCookie || !value ? '' : `${Date.now() + seconds * 1000} ${value}`);
    return value;
  };
  const atTab = (work: (storage: Storage) => unknown): void => {
    if (isKept() && options.tab === undefined) attempt(() => work(sessionStorage));
  };

  let known: Ids;
  let freshUntil = 0;
  let ofPage: string | undefined;

  return {
    ids(event) {
      const isLeave = event === '$leave' && ofPage;
      if (Date.now() < freshUntil && !isLeave && event !== '$page') return known;
      freshUntil = isLeave ? 0 : Date.now() + FRESH_MS;
      const old = read(session);
      const isCurrent = old && Date.now() - timeOf(old) < LONGEST_MS;
      // Taken away until the page is left: a copy of the tab starts with a copy of its storage.
      atTab((storage) => {
        if (tab && event !== '$page') return;
        tab ??= storage[TAB] as string | undefined;
        delete storage[TAB];
      });
      tab ??= newId();
      const next = isCurrent ? old : newId();
      if (event === '$page') ofPage = next;
      return (known = {
        visitor: write(visitor, read(visitor) || newId(), YEAR_S),
        session: isLeave && isLeave !== next ? isLeave : write(session, next, IDLE_S),
        tab: tab || undefined,
        user: read(user) || undefined,
      });
    },
    setUser(id) {
      write(user, id, id ? YEAR_S : 0);
      freshUntil = 0;
    },
    leave: () => atTab((storage) => tab && (storage[TAB] = tab)),
    forget() {
      for (const name of [visitor, session, user]) writeCookie(name, '', 0, cookieDomain);
      tab = options.tab;
      ofPage = undefined;
      freshUntil = 0;
    },
  };
}
