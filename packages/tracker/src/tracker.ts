import { attempt, heard } from './attempt.js';
import { browserStore, type BrowserStore } from './browser-store.js';
import { readCookie, writeCookie, YEAR_S } from './cookies.js';
import { watchElements } from './elements.js';
import { newId } from './ids.js';
import { identity, type Ids } from './identity.js';
import type { Properties, TrackedEvent, TrackerListeners, TrackerOptions } from './options.js';
import { watchPages, whenShown, type Emit, type Pages, type WhenShown } from './pages.js';
import { eventQueue } from './queue.js';
import { cleanUrl, sourceParameter, type KeepParameter } from './urls.js';

/** Written in by the build. */
declare const VERSION: string;

/** Names of properties that look like what nobody should collect. */
const SECRETS = /passw|secret|credit_?card|card_?num|api_?key|(pwd|token|cv[cv]|iban)$/i;

/** What the visitor has chosen, kept for as long as his id would be. */
const CHOICE = 'muster_choice';
/** How many events were given up since the server was last told. */
const LOST = 'lost';
/** Sessions that may go on, beside those of which events wait. */
const MOST_ENTRIES = 5;
/** Of an address in them: a body has to have room for events. */
const ENTRY_LENGTH = 2_000;

/** An instant; a number is in ms since 1970. */
export type When = Date | number | string;

/** An order; each item is counted by itself too. */
export interface Order {
  readonly order: string;
  readonly value: number;
  readonly currency?: string;
  readonly items?: readonly {
    readonly product: string;
    readonly category?: string;
    readonly price?: number;
    readonly quantity?: number;
  }[];
}

/** Makes further functions. */
export type Extension<T> = (store: BrowserStore, ids: () => Ids, emit: Emit, whenShown: WhenShown) => T;

/** The tracker of a page. */
export interface Tracker extends Omit<Pages, 'place'> {
  /** Adds functions to those of the tracker, and gives all. */
  extend<T>(extension: Extension<T>): Tracker & T;
  track(event: string, properties?: Properties): void;
  /** Says who is signed in; traits change him (`$update`). */
  identify(user: string, traits?: Properties): void;
  signup(user: string, traits?: Properties, registeredAt?: When): void;
  /** With traits, or the time of his registration, an earlier user is taken over. */
  login(user: string, traits?: Properties, registeredAt?: When): void;
  update(traits: Properties): void;
  logout(): void;
  exposure(experiment: string, variant: string): void;
  conversion(goal: string, value?: number, currency?: string): void;
  order(order: Order): void;
  interest(category: string, weight?: number): void;
  /** The visitor agrees, or does not: then nothing is sent any more, and what is stored of him is removed. */
  consent(isGiven: boolean): void;
  optIn(): void;
  optOut(): void;
  /** Sends what waits. */
  flush(): Promise<void>;
  on<K extends keyof TrackerListeners>(name: K, listener: TrackerListeners[K]): void;
}

/** A list, or the attribute of a script with its names between commas. */
const has = (names: readonly string[] | undefined, name: string): boolean => `${names}`.split(',').includes(name);
const iso = (at: When = Date.now()): string => new Date(at).toISOString();

/** Starts to track the page; a page that is prerendered from when it is shown. */
export function createTracker(options: TrackerOptions): Tracker {
  const store = browserStore(`muster_${options.key.slice(-8)}_`);
  const listeners: { [name: string]: ((value: never) => unknown)[] } = {};
  const { globalPrivacyControl } = navigator as Navigator & { globalPrivacyControl?: boolean };
  const isSignalled = globalPrivacyControl || navigator.doNotTrack === '1';
  const isKnown = options.visitorIds !== 'daily' && !isSignalled;
  const isDropped = isSignalled && options.gpc !== 'anonymous';
  const chosen = (): string | undefined =>
    readCookie(CHOICE) ?? attempt(() => localStorage[CHOICE] as string | undefined);
  let choice = chosen();

  const isOff = (): boolean => isDropped || choice === 'no';
  const isHeld = (): boolean => isOff() || (options.consent === 'required' && choice !== 'yes');
  const isKept = (): boolean => !isHeld() && isKnown;

  const tell = (name: keyof TrackerListeners, value: unknown): void => {
    listeners[name]?.forEach((listener) => heard(() => listener(value as never)));
  };

  const onDrop = (count: number, reason: string): void => {
    store.set(LOST, +(store.get(LOST) ?? 0) + count);
    tell('drop', { count, reason });
  };

  const who = identity(options, store, isKept);
  const keep: KeepParameter = (name, value) => (has(options.queryParameters, name) ? value : undefined);
  const entry = JSON.stringify({
    url: cleanUrl(location.href, sourceParameter)?.slice(0, ENTRY_LENGTH),
    referrer: cleanUrl(document.referrer, keep)?.slice(0, ENTRY_LENGTH),
  });
  const queue = eventQueue(options, store, {
    head: (session) =>
      JSON.stringify({
        key: options.key,
        sent_at: iso(),
        context: {
          library: `tracker/${VERSION}`,
          screen: `${screen.width}x${screen.height}`,
          language: navigator.language || undefined,
          // Of a session that is not known any more none, rather than that of another one.
          entry: attempt(() => JSON.parse(session ? (store.get(`e${session}`) as string) : entry) as object),
        },
      }).slice(0, -1),
    isHeld,
    onDrop,
    onSent(answer) {
      tell('sent', answer);
      const count = +(store.get(LOST) ?? 0);
      store.set(LOST);
      if (count) send('$dropped', { properties: { count } });
    },
  });

  const isDenied = (name: string): boolean => SECRETS.test(name) || has(options.deniedProperties, name);

  const send = (event: string, more: Omit<Partial<TrackedEvent>, 'event'>, at?: number): void =>
    whenShown(() => {
      if (isOff()) return;
      const { user, ...ids } = who.ids(event);
      const session = isKnown ? ids.session : '';
      // The page by which a session began tells its source, to all its tabs.
      if (session && !store.get(`e${session}`)) {
        store.set(`e${session}`, entry);
        const waiting = `${store.names('q')}`;
        for (const old of store.names('e').slice(0, -MOST_ENTRIES)) {
          if (!waiting.includes(old.slice(1))) store.set(old);
        }
      }
      const id = newId();
      const person = isSignalled ? undefined : user;
      let made: TrackedEvent | undefined | null | void = {
        event,
        time: iso(at),
        id,
        ...(isKnown && ids),
        user: person,
        ...more,
        // Of nobody there is nothing to tell.
        ...(!person && { traits: undefined, registered_at: undefined }),
      };
      listeners['before-send']?.forEach((listener) => (made &&= heard(() => listener(made as never) as typeof made)));
      const json = attempt(
        () =>
          made &&
          JSON.stringify(made, function (this: unknown, name, value: unknown) {
            if (this !== made?.properties && this !== made?.traits) return value;
            // What is nested is no value of a property, and one event that is nested too deep spoils a whole body.
            if (Object(value) === value) throw name;
            return isDenied(name) ? undefined : value;
          }),
      );
      if (json) queue.add(id, session, json);
      else if (made) onDrop(1, 'invalid');
    });
  const emit: Emit = (event, properties, at) => send(event, { properties: properties as Properties }, at);

  const register = (event: string, user: string, traits?: Properties, registeredAt?: When): void => {
    who.setUser(user);
    send(event, { traits, registered_at: registeredAt ? iso(registeredAt) : undefined });
  };

  const consent = (isGiven: boolean): void => {
    choice = isGiven ? 'yes' : 'no';
    // First, as the other tabs hear of it. Of a refusal nothing else is remembered.
    writeCookie(CHOICE, choice, YEAR_S, options.cookieDomain);
    attempt(() => (localStorage[CHOICE] = choice));
    if (isGiven) begin();
    else {
      store.close();
      who.forget();
    }
  };
  /** What was chosen in another tab, or while the page was put aside, holds here too. */
  const recall = (): void => {
    const now = chosen();
    if (now && now !== choice) consent(now === 'yes');
  };
  const begin = (): void => {
    if (isKept()) store.open();
    queue.restart();
  };

  whenShown(begin);
  addEventListener('storage', recall);
  addEventListener('pageshow', recall);
  const { place, ...pages } = watchPages(options, keep, emit, (isGone) => {
    if (isGone) who.leave();
    queue.leave();
  });
  watchElements(options, keep, emit, place);

  const tracker: Tracker = {
    extend: (extension) => Object.assign(tracker, extension(store, who.ids, emit, whenShown)),
    ...pages,
    track: (event, properties = {}) => emit(event, properties),
    identify(user, traits) {
      who.setUser(user);
      if (traits) send('$update', { traits });
    },
    signup: (user, traits, at) => register('$signup', user, traits, at),
    login: (user, traits, at) => register('$login', user, traits, at),
    update: (traits) => send('$update', { traits }),
    logout() {
      send('$logout', {});
      who.setUser('');
    },
    exposure: (experiment, variant) => emit('$exposure', { experiment, variant }),
    conversion: (goal, value, currency) => emit('$conversion', { goal, value, currency }),
    order({ items = [], ...order }) {
      emit('$order', order);
      items.forEach((item, index) =>
        // The same when the page of the order is loaded again.
        send('$order_item', {
          id: `${order.order}.${index}`,
          properties: { order: order.order, currency: order.currency, ...item },
        }),
      );
    },
    interest: (category, weight = 1) => emit('$interest', { category, weight }),
    consent,
    optIn: () => consent(true),
    optOut: () => consent(false),
    flush: queue.flush,
    on: (name, listener) => {
      (listeners[name] ??= []).push(listener);
    },
  };
  return tracker;
}
