import type { BrowserStore } from './browser-store.js';
import type { Answer, DropReason, TrackerOptions } from './options.js';

/** Sent so often, or as soon as so many wait. */
const EVERY_MS = 3_000;
const AT_ONCE = 30;
/** Of one body: browsers let a page have 64 KB under way when it is left, and one may be so already. */
const BATCH_BYTES = 30_000;
const EVENT_BYTES = 6_000;
/** All that may wait, far below what a site may store: it needs room too. */
const MOST_EVENTS = 500;
/** Pauses grow to 2 to the power of this, in seconds. */
const LONGEST_PAUSE = 8;
/** So many events are given up one after the other; then the pause is the longest. */
const MOST_REFUSALS = 2;
/** ... and those that the server asks for to an hour. */
const LONGEST_MS = 3_600_000;
/** Where the session begins in the name of an entry, `q<id>.<session>`. */
const SESSION_AT = 33;

/** What the queue needs to know of its surroundings. */
export interface QueueHost {
  /** The start of the body of events of a session: all but `,"events":[...]}`. */
  head(session: string): string;
  isHeld(): boolean;
  onSent(answer: Answer): void;
  onDrop(count: number, reason: DropReason): void;
}

/** Events that wait, one entry of the store each, so that tabs write side by side. */
export interface Queue {
  add(id: string, session: string, json: string): void;
  /** Sends all that waits, unless another tab does so or a pause is on. Resolves when it is done, or has to wait. */
  flush(): Promise<void>;
  /** Sends what it can at once, in a way that outlives the page; what is not confirmed stays. */
  leave(): void;
  /** Has sent, soon, what has waited. */
  restart(): void;
}

const bytesOf = (text: string): number => new TextEncoder().encode(text).length;

/** At least once by resending, exactly once by the ids of the events, whose names in the store are in their order. */
export function eventQueue({ key, serverUrl }: TrackerOptions, store: BrowserStore, host: QueueHost): Queue {
  const url = `${serverUrl.replace(/\/$/, '')}/v1/collect`;
  /** How many are kept, at most. */
  let count = 0;
  let isScheduled = false;
  /** After the network has failed this page. */
  let pausedUntil = 0;
  /** Events refused since some were taken. */
  let refusals = 0;
  let mostEvents = MOST_EVENTS;
  const underWay = new Set<string>();

  /** Ms until something may be sent: what the server has answered holds for every tab, and the pages to come. */
  const pause = (): number => {
    const ms = Math.max(pausedUntil, +(store.get('wait') ?? 0)) - Date.now();
    // None is so long: the clock was set.
    return ms > LONGEST_MS ? 0 : ms;
  };
  const schedule = (): void => {
    if (isScheduled) return;
    isScheduled = true;
    setTimeout(
      () => {
        isScheduled = false;
        void flush();
      },
      Math.max(EVERY_MS, pause()),
    );
  };
  /** Names of events that are not under way; counts all that are kept. */
  const waiting = (): string[] => {
    const names = store.names('q');
    count = names.length;
    return names.filter((name) => !underWay.has(name));
  };
  const drop = (names: readonly string[], reason: DropReason): void => {
    names.forEach((name) => store.set(name));
    host.onDrop(names.length, reason);
  };

  /** When a pause ends that doubles with each failure, with jitter. */
  const fail = (isLong?: boolean): number => {
    const failures = isLong ? LONGEST_PAUSE : Math.min(+(store.get('fails') ?? 0) + 1, LONGEST_PAUSE);
    store.set('fails', failures);
    return Date.now() + 500 * 2 ** failures * (1 + Math.random());
  };
  /** The same of failures that the server has told; `until`: what it asks for beside. */
  const wait = (isLong: boolean, until = 0): void => store.set('wait', Math.max(fail(isLong), until));

  /** Forgets what the server has taken, or will never take. */
  const settle = async (names: readonly string[], answer: Response): Promise<void> => {
    const { status } = answer;
    const told = status === 202 && ((await answer.json()) as Answer);
    // Not what stands between, and answers whatever it is asked.
    if (told && told.accepted + told.duplicates + told.rejected === names.length) {
      names.forEach((name) => store.set(name));
      store.set('fails');
      refusals = 0;
      mostEvents = MOST_EVENTS;
      host.onSent(told);
    } else if (/400|413|415|422/.test(`${status}`)) {
      // One event may be wrong for all: half of them, and so on.
      mostEvents = Math.ceil(names.length / 2);
      if (names.length === 1) {
        drop(names, 'refused');
        // Not the events, then, but what all bodies have in common.
        if (++refusals > MOST_REFUSALS) wait(true);
      }
    } else {
      const after = answer.headers.get('retry-after') as string;
      // The key, the origin or the property: no retry of soon will be better.
      wait(status < 429, Math.min(+after * 1000 + Date.now() || Date.parse(after) || 0, Date.now() + LONGEST_MS));
    }
  };

  /** Sends the oldest events of one session, in a way that outlives the page. Whether there were any. */
  const sendSome = async (): Promise<boolean> => {
    const free = waiting();
    const session = free[0]?.slice(SESSION_AT) ?? '';
    const head = `${host.head(session)},"events":[`;
    const names: string[] = [];
    const texts: string[] = [];
    let bytes = bytesOf(head) + 2;
    for (const name of free) {
      const text = store.get(name) ?? '';
      bytes += bytesOf(text) + 1;
      if (bytes > BATCH_BYTES || names.length >= mostEvents || name.slice(SESSION_AT) !== session) break;
      if (!text) continue;
      texts.push(text);
      names.push(name);
    }
    if (!texts[0]) return false;
    names.forEach((name) => underWay.add(name));
    const body = `${head}${texts.join()}]}`;
    try {
      await settle(names, await fetch(url, { method: 'POST', body, keepalive: true, credentials: 'omit' }));
    } catch {
      pausedUntil = fail();
    }
    names.forEach((name) => underWay.delete(name));
    return true;
  };

  const sendAll = async (): Promise<void> => {
    while (pause() <= 0 && (await sendSome()));
    restart();
  };
  const restart = (): void => {
    if (waiting()[0]) schedule();
  };

  const flush = async (): Promise<void> => {
    if (host.isHeld()) return;
    if (pause() > 0) return schedule();
    // One tab of several. Where there are no locks each sends: the ids make an event count once.
    await Promise.resolve()
      .then(() => navigator.locks.request(key, { ifAvailable: true }, (lock) => (lock ? sendAll() : schedule())))
      .catch(sendAll);
  };

  // What failed because the network was away is sent at once when that is over.
  addEventListener('online', () => {
    store.set('fails');
    pausedUntil = 0;
    void flush();
  });

  return {
    add(id, session, json) {
      if (bytesOf(json) > EVENT_BYTES) return host.onDrop(1, 'invalid');
      if (++count > MOST_EVENTS) {
        const [oldest] = waiting();
        if (oldest && count >= MOST_EVENTS) drop([oldest], 'full');
      }
      store.set(`q${id}.${session}`, json);
      if (count >= AT_ONCE && pause() <= 0) void flush();
      else schedule();
    },
    flush,
    leave() {
      if (!host.isHeld() && pause() <= 0) {
        void sendSome();
        void sendSome();
      }
    },
    restart,
  };
}
