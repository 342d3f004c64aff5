import { formatSeconds, type TimeUnits } from './format-seconds.js';
import { Trackable, unattended, type Recorder } from './trackable.js';

const MINUTE = 60;
const HOUR = 3_600;
const DAY = 86_400;

/** Time that adds up, by a clock that nobody sets. What has been measured is there once the timer has been stopped. */
export class Timer extends Trackable {
  /** Of the monotonic clock, in ms; null: it does not run. */
  #since: number | null = null;
  /** Seconds until it was paused; null: it has not been started. */
  #measured: number | null = null;

  constructor(name: string, recorder: Recorder) {
    super('timer', name, recorder);
  }

  /** Seconds since it was started, without pauses; 0: it has not been. */
  get elapsedSeconds(): number {
    const running = this.#since === null ? 0 : (performance.now() - this.#since) / 1000;
    return (this.#measured ?? 0) + running;
  }

  get isStarted(): boolean {
    return this.#measured !== null;
  }

  get isPaused(): boolean {
    return this.isStarted && this.#since === null;
  }

  get totalSeconds(): number {
    return this.total;
  }

  get totalMinutes(): number {
    return this.total / MINUTE;
  }

  get totalHours(): number {
    return this.total / HOUR;
  }

  get totalDays(): number {
    return this.total / DAY;
  }

  /** The mean of what was measured, in seconds; null: nothing was. */
  get averageSeconds(): number | null {
    return this.mean;
  }

  /** Such as `1 hours 2 minutes 5 seconds`, in the units that are not left out. */
  formattedTotal(units: TimeUnits = {}): string {
    return formatSeconds(this.total, units);
  }

  /** The mean in the same form. */
  formattedAverage(units: TimeUnits = {}): string {
    return formatSeconds(this.mean ?? 0, units);
  }

  /** Begins at 0; what a timer that runs has measured is given up. */
  start(): void {
    [this.#measured, this.#since] = [0, performance.now()];
  }

  /** Nothing where it does not run. */
  pause(): void {
    if (this.#since === null) return;
    [this.#measured, this.#since] = [this.elapsedSeconds, null];
  }

  /** Nothing where it is not paused. */
  resume(): void {
    if (this.isPaused) this.#since = performance.now();
  }

  /** Adds what was measured. @returns how many seconds; null: it had not been started */
  stop(): Promise<number | null> {
    if (!this.isStarted) return Promise.resolve(null);
    const seconds = this.elapsedSeconds;
    const stopped = this.add(seconds);
    [this.#measured, this.#since] = [null, null];
    return unattended(stopped.then(() => seconds));
  }

  /** Adds time that was measured elsewhere. @throws RangeError for seconds below 0: time that is over stays */
  add(seconds: number): Promise<void> {
    if (!(seconds >= 0)) throw new RangeError(`Seconds are from 0 on, not ${seconds}`);
    return this.changeTotal(this.total + seconds, seconds);
  }
}
