import type { BrowserStore } from './browser-store.js';
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

/**
 * What is tracked of the user of this browser; totals are kept in its store. `owner`: whose they are, by the id of a
 * user or a visitor. A page that is prerendered changes nothing before it is shown: its totals cannot be read before.
 */
export function trackables(store: BrowserStore, owner: () => string, emit: Emit, whenShown: WhenShown): Trackables {
  const running = new Map<string, number>();
  /** Reads what is kept of a trackable; writes it where a value is given. */
  const keeper = (kind: string, name: string) => (value?: string | number) => {
    const key = `t${kind}.${owner()}.${name}`;
    if (value !== undefined) store.set(key, `${value}`);
    return store.get(key) ?? '';
  };

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
      const start = (): void => whenShown(() => running.has(name) || running.set(name, Date.now()));
      const stop = (): void =>
        whenShown(() => {
          const since = running.get(name);
          if (!since) return;
          running.delete(name);
          // In whole ms, which add up without an error.
          const ms = Math.max(0, Date.now() - since);
          const sum = +total() + ms;
          total(sum);
          emit('$timer', { name, seconds: ms / 1000, total: sum / 1000 });
        });
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
