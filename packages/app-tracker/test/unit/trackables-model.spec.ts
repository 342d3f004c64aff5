import fc from 'fast-check';
import type { AppTracker } from '../../src/index.js';
import { OpenTrackers } from '../open-trackers.js';

const CHECKPOINTS = ['A', 'B', 'A', 'C'];

type Step =
  | readonly ['add', number]
  | readonly ['set', number]
  | readonly ['state', string | null]
  | readonly ['seconds', number]
  | readonly ['reach', string]
  | readonly ['advance', string]
  | readonly ['removeLast' | 'clear' | 'reopen', null];

const number = fc.integer({ min: -1000, max: 1000 });
const checkpoint = fc.constantFrom(...CHECKPOINTS);
const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constant('add' as const), number),
  fc.tuple(fc.constant('set' as const), number),
  fc.tuple(fc.constant('state' as const), fc.constantFrom('on', 'off', 'dark,"blue"\n', null)),
  fc.tuple(fc.constant('seconds' as const), fc.nat(100_000)),
  { weight: 4, arbitrary: fc.tuple(fc.constant('reach' as const), checkpoint) },
  fc.tuple(fc.constant('advance' as const), checkpoint),
  fc.tuple(fc.constantFrom('removeLast' as const, 'clear' as const, 'reopen' as const), fc.constant(null)),
);

/** Everything by the words of the contract, kept as plain lists that are never cut. */
class Oracle {
  readonly values = [0];
  readonly states: (string | null)[] = [null];
  readonly seconds: number[] = [];
  /** Everything that was reached since it was completed or cleared. */
  reached: string[] = [];
  completions = 0;
  startValue = 0;

  apply([kind, value]: Step): void {
    const last = this.values.at(-1) ?? 0;
    if (kind === 'add' && value !== 0) this.values.push(last + value);
    if (kind === 'set' && value !== last) this.values.push(value);
    if (kind === 'state' && value !== this.states.at(-1)) this.states.push(value);
    if (kind === 'seconds' && value > 0) this.seconds.push(value);
    if (kind === 'reach') this.#reach(value);
    if (kind === 'advance') for (const one of CHECKPOINTS.slice(0, CHECKPOINTS.indexOf(value) + 1)) this.#reach(one);
    if (kind === 'removeLast') this.reached = this.window().slice(0, -1);
    if (kind === 'clear') this.reached = [];
    if (kind === 'reopen') this.startValue = last;
  }

  window(): string[] {
    return this.reached.slice(-CHECKPOINTS.length);
  }

  figures(): object {
    const [value = 0, total] = [this.values.at(-1), this.seconds.reduce((sum, one) => sum + one, 0)];
    const changes = this.values.length - 1;
    return {
      statistic: [value, changes, value - this.startValue, changes === 0 ? null : value / changes],
      history: this.values.slice(1).slice(-5),
      state: [this.states.at(-1), this.states.length - 1],
      timer: [total, this.seconds.length, this.seconds.length === 0 ? null : total / this.seconds.length],
      sequence: [this.window(), this.completions],
    };
  }

  #reach(one: string): void {
    this.reached.push(one);
    if (this.window().join() !== CHECKPOINTS.join()) return;
    this.completions += 1;
    this.reached = [];
  }
}

async function applied(tracker: AppTracker, [kind, value]: Step): Promise<unknown> {
  const sequence = tracker.sequence('sequence', CHECKPOINTS);
  if (kind === 'add') return tracker.statistic('statistic').add(value);
  if (kind === 'set') return tracker.statistic('statistic').set(value);
  if (kind === 'state') return tracker.state('state').set(value);
  if (kind === 'seconds') return tracker.timer('timer').add(value);
  if (kind === 'reach') return sequence.reach(value);
  if (kind === 'advance') return sequence.advanceTo(value);
  if (kind === 'removeLast') return sequence.removeLast();
  return kind === 'clear' ? sequence.clear() : undefined;
}

function figuresOf(tracker: AppTracker): object {
  const [statistic, state] = [tracker.statistic('statistic'), tracker.state('state')];
  const [timer, sequence] = [tracker.timer('timer'), tracker.sequence('sequence', CHECKPOINTS)];
  return {
    statistic: [statistic.value, statistic.changes, statistic.sinceStart, statistic.average],
    history: statistic.history.map(({ value }) => value),
    state: [state.value, state.changes],
    timer: [timer.totalSeconds, timer.changes, timer.averageSeconds],
    sequence: [sequence.reached, sequence.completions],
  };
}

describe('trackables', () => {
  it('are what a naive oracle says after any steps, also in the next run', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 40 }), async (steps) => {
        const trackers = new OpenTrackers();
        const oracle = new Oracle();
        let tracker = await trackers.open({ historyLength: 5 });
        try {
          for (const one of steps) {
            oracle.apply(one);
            const changed = applied(tracker, one);
            if (one[0] === 'reopen') {
              await tracker.close();
              tracker = await trackers.open({ historyLength: 5 });
            }
            expect(figuresOf(tracker)).toEqual(oracle.figures());
            await changed;
          }
          expect(trackers.problems).toEqual([]);
        } finally {
          await trackers.end();
        }
      }),
      { numRuns: 60 },
    );
  });
});
