/** How a page is tracked. Only `key` and `serverUrl` have to be there. */
export interface TrackerOptions {
  /** A public key of the property, `muster_pk_...`, with the origin of the page among its origins. */
  readonly key: string;
  /** Where Muster is: `https://muster.example.org`. */
  readonly serverUrl: string;
  /**
   * Which pages are counted without a call. `auto`: loads, returns from the browser's cache, and navigation by the
   * history. `hash`: also routes in the fragment (`#/cart`). `load`: loads and returns alone. `manual`: none.
   */
  readonly pages?: 'auto' | 'hash' | 'load' | 'manual';
  /** `daily`: no cookie and no storage; the server makes an id that holds for a day. */
  readonly visitorIds?: 'persistent' | 'daily';
  /** `required`: nothing is sent and nothing stored before `consent(true)`; what happens waits in memory. */
  readonly consent?: 'required';
  /**
   * With Global Privacy Control or Do Not Track: `drop`, nothing is sent and nothing stored; `anonymous`, as with
   * `visitorIds: daily`.
   */
  readonly gpc?: 'drop' | 'anonymous';
  /** Query parameters that `$url` and `$referrer` keep; none by default. */
  readonly queryParameters?: readonly string[];
  /** Names of properties and traits that never leave, beside those that look like passwords and card numbers. */
  readonly deniedProperties?: readonly string[];
  /** The class of elements whose clicks, focus, blur and mouseover are counted, or their selector: `track-it`. */
  readonly trackrClass?: string;
  /** `false`: links to other sites and to files are not counted. */
  readonly links?: boolean;
  /** Names of the three cookies: `muster_visitor`, `muster_session`, `muster_user`. */
  readonly cookies?: { readonly visitor?: string; readonly session?: string; readonly user?: string };
  /** The domain of the cookies, to share them between hosts of a site: `example.org`. */
  readonly cookieDomain?: string;
  /** The id of the tab, where the page has its own; empty: none. */
  readonly tab?: string;
  /** When the page began to be shown, in ms since 1970, where the page has noted it. */
  readonly startedAt?: number;
}

/** What an event says beside its name: texts, numbers and booleans. */
export type Properties = Readonly<Record<string, unknown>>;

/** An event as it is sent. */
export interface TrackedEvent {
  readonly event: string;
  readonly time: string;
  readonly id: string;
  readonly visitor?: string;
  readonly session?: string;
  readonly tab?: string;
  readonly user?: string;
  readonly properties?: Properties;
  readonly traits?: Properties;
  readonly registered_at?: string;
}

/** Why events are gone: no room, a server that will never take them, too large or not to be written as JSON. */
export type DropReason = 'full' | 'refused' | 'invalid';

/** The server's answer to a batch: how many events it took, had already, and refused. */
export interface Answer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly errors?: readonly object[];
}

/** What a page can listen to. */
export interface TrackerListeners {
  /** Before an event is queued: returns it, another one, or nothing to drop it. */
  'before-send': (event: TrackedEvent) => TrackedEvent | null | undefined | void;
  /** The server's answer to a batch. */
  sent: (answer: Answer) => void;
  /** Events were given up. */
  drop: (what: { readonly count: number; readonly reason: DropReason }) => void;
}
