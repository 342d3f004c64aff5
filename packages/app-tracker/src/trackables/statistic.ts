import { Trackable, type Recorder } from './trackable.js';

/** A number that goes up and down. */
export class Statistic extends Trackable {
  /** What it was when the tracker was opened. */
  readonly startValue: number;

  constructor(name: string, recorder: Recorder) {
    super('statistic', name, recorder);
    this.startValue = this.total;
  }

  get value(): number {
    return this.total;
  }

  /** By how much it has changed since the tracker was opened. */
  get sinceStart(): number {
    return this.value - this.startValue;
  }

  /** The mean of its changes; null: there was none. */
  get average(): number | null {
    return this.mean;
  }

  /** Adds a number, which may be negative; 0 is no change. @throws RangeError for a total that is no finite number */
  add(by = 1): Promise<void> {
    return this.changeTotal(this.value + by, by);
  }

  /** The same as adding the difference. @throws RangeError for what is no finite number */
  set(value: number): Promise<void> {
    return this.changeTotal(value, value - this.value);
  }
}
