import type { BrowserStore } from './browser-store.js';
import { newId } from './ids.js';
import type { Ids } from './identity.js';
import type { Emit, WhenShown } from './pages.js';

/** A number that changes. */
export interface Statistic {
  readonly value: number;
  /** @throws RangeError the value would be no finite number */
  add(change?: number): void;
  /** @throws RangeError the value is no finite number */
  set(value: number): void;
}

/** One of several texts. */
export interface State {
  readonly value: string | undefined;
  set(state: string): void;
}

/** Time that adds up. */
export interface Timer {
  /** All seconds up to the last stop or pause. */
  readonly totalSeconds: number;
  start(): void;
  pause(): void;
  resume(): void;
  stop(): void;
}

/** Checkpoints that are reached in order. */
export interface Sequence {
  readonly completions: number;
  readonly reached: readonly string[];
  /** @throws Error the sequence has no such checkpoint */
  reach(checkpoint: string): void;
  /** Forgets what has been reached of a round that is not complete. */
  clear(): void;
}

/** Trackables by their names. */
export interface Trackables {
  statistic(name: string): Statistic;
  state(name: string): State;
  timer(name: string): Timer;
  sequence(name: string, checkpoints: readonly string[]): Sequence;
}

/** Timers that a crash has left running are forgotten after so long. */
const DEAD_MS = 7 * 86_400_000;

/**
 * What is tracked of the user of this browser; totals are kept in its store, as timers are that run, by the tab, whose
 * next page they go on in. A page that is prerendered changes nothing before it is shown: its totals cannot be read
 * before.
 */
export function trackables(store: BrowserStore, ids: () => Ids, emit: Emit, whenShown: WhenShown): Trackables {
  /** Whose totals they are. */
  const owner = (): string => ids().user ?? ids().visitor;
  /** Where the page tells no tab, timers end with it. */
  const noTab = newId();
  const running = (): string => `tr${ids().tab ?? noTab}.`;
  /** Tells the time of a timer that runs, which then runs on from now, or not. */
  const tell = (name: string, isOn: boolean): void => {
    const [key, total] = [running() + name, keeper('d', name)];
    const since = +(store.get(key) ?? 0);
    if (!since) return;
    const now = Date.now();
    store.set(key, isOn ? now : '');
    // In whole ms, which add up without an error.
    const ms = Math.max(0, now - since);
    const sum = +total() + ms;
    total(sum);
    emit('$timer', { name, seconds: ms / 1000, total: sum / 1000 });
  };
  /** Whether the page is left, and has told everything. */
  let isLeft = false;
  /** A page that is hidden or left may be ended without a word. */
  const tellAll = (): void =>
    whenShown(() => {
      // To ask for the tab is to be active: not of a page that has no timer.
      if (isLeft || !store.names('tr')[0]) return;
      const start = running();
      store.names(start).forEach((key) => tell(key.slice(start.length), true));
    });
  const listen = (type: string, work: () => void): void => addEventListener(type, work, true);
  /** Reads what is kept of a trackable; writes it where a value is given. */
  const keeper = (kind: string, name: string) => (value?: string | number) => {
    const key = `t${kind}.${owner()}.${name}`;
    if (value !== undefined) store.set(key, `${value}`);
    return store.get(key) ?? '';
  };

  // Before the tracker sends what is there, and says so to the next page.
  listen('pagehide', () => {
    tellAll();
    isLeft = true;
  });
  listen('pageshow', () => (isLeft = false));
  listen('visibilitychange', () => document.hidden && tellAll());
  whenShown(() => {
    for (const key of store.names('tr')) if (+(store.get(key) ?? 0) < Date.now() - DEAD_MS) store.set(key);
  });

  return {
    statistic(name) {
      const total = keeper('n', name);
      return {
        get value() {
          return +total() || 0;
        },
        add(change = 1) {
          whenShown(() => this.set(this.value + change));
        },
        set(value) {
          if (!Number.isFinite(value)) throw new RangeError(`${name} cannot be ${value}`);
          whenShown(() => {
            const change = value - this.value;
            total(value);
            if (change) emit('$statistic', { name, value, change });
          });
        },
      };
    },
    state(name) {
      const current = keeper('s', name);
      return {
        get value() {
          return current() || undefined;
        },
        set(state) {
          whenShown(() => {
            const previous = this.value;
            current(state);
            if (state !== (previous ?? '')) emit('$state', { name, state, previous });
          });
        },
      };
    },
    timer(name) {
      const total = keeper('d', name);
      const start = (): void =>
        whenShown(() => {
          const key = running() + name;
          if (!store.get(key)) store.set(key, `${Date.now()}`);
        });
      const stop = (): void => whenShown(() => tell(name, false));
      return {
        get totalSeconds() {
          return +total() / 1000;
        },
        start,
        pause: stop,
        resume: start,
        stop,
      };
    },
    sequence(name, list) {
      const done = keeper('q', name);
      const latest = keeper('w', name);
      const checkpoints = list.join('-->');
      return {
        get completions() {
          return +done();
        },
        get reached() {
          return JSON.parse(latest() || '[]') as string[];
        },
        reach(checkpoint) {
          const position = list.indexOf(checkpoint) + 1;
          if (!position) throw new Error(`${name} has no checkpoint ${checkpoint}`);
          whenShown(() => {
            const reached = [...this.reached, checkpoint].slice(-list.length);
            const isComplete = reached.join('-->') === checkpoints;
            latest(isComplete ? '' : JSON.stringify(reached));
            emit('$checkpoint', { name, checkpoint, position });
            if (isComplete) emit('$sequence', { name, checkpoints, completions: +done(this.completions + 1) });
          });
        },
        clear: () => whenShown(() => latest('')),
      };
    },
  };
}
