import fc from 'fast-check';

/** Of the sequence. */
export const CHECKPOINTS = ['A', 'B', 'A', 'C'];

/** A call, and what is given to it; `reopen`: the end of a run, and the next one. */
export type Step =
  | readonly ['add', number]
  | readonly ['set', number]
  | readonly ['state', string | null]
  | readonly ['seconds', number]
  | readonly ['reach', string]
  | readonly ['advance', string]
  | readonly ['removeLast' | 'clear' | 'reopen', null];

const number = fc.integer({ min: -1000, max: 1000 });
const checkpoint = fc.constantFrom(...CHECKPOINTS);
export const step: fc.Arbitrary<Step> = fc.oneof(
  fc.tuple(fc.constant('add' as const), number),
  fc.tuple(fc.constant('set' as const), number),
  fc.tuple(fc.constant('state' as const), fc.constantFrom('on', 'off', 'dark,"blue"\n', null)),
  fc.tuple(fc.constant('seconds' as const), fc.nat(100_000)),
  { weight: 4, arbitrary: fc.tuple(fc.constant('reach' as const), checkpoint) },
  fc.tuple(fc.constant('advance' as const), checkpoint),
  fc.tuple(fc.constantFrom('removeLast' as const, 'clear' as const, 'reopen' as const), fc.constant(null)),
);

/** Everything by the words of the contract, kept as plain lists that are never cut. */
export class TrackablesOracle {
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
