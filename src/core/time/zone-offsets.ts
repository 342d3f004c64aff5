import { LRUCache } from 'lru-cache';
import { DAY_MS } from './utc-day.js';

/** Zones that are kept; a table of one is 145 kB. */
const KEPT_ZONES = 64;

/**
 * Between two looks. No zone changes its clocks twice in so short a time: the shortest that there is are 7 days, in Boa
 * Vista in 2000 and, by the rules for Ramadan, in Gaza in 2040; a test holds the tables of such zones to Temporal.
 */
const STEP_MS = 3 * DAY_MS;
const FIRST_MS = Date.UTC(1969, 0, 1);
const STEPS = Math.ceil((Date.UTC(2264, 0, 1) - FIRST_MS) / STEP_MS);
const UNKNOWN = 0x7fffffff;

/**
 * What the clocks of a zone show beside UTC. To ask the platform takes some microseconds, so each offset is requested
 * once in three days, and kept.
 */
class ZoneOffsets {
  readonly #format: Intl.DateTimeFormat;
  /** Seconds at the start of each step. */
  readonly #offsets = new Int32Array(STEPS).fill(UNKNOWN);
  /** By step: the instants from which on the clocks show another time. */
  readonly #changes = new Map<number, number>();

  constructor(timeZone: string) {
    const parts = { day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23' } as const;
    this.#format = new Intl.DateTimeFormat('en-US', { timeZone, ...parts });
  }

  /** Local time less UTC in milliseconds. */
  at(ms: number): number {
    const step = stepOf(ms);
    const before = this.#startOf(step);
    const after = this.#startOf(step + 1);
    if (before === after) return before;
    return ms < this.#changeOf(step, before) ? before : after;
  }

  /**
   * The instant of a change after `fromMs` and up to `toMs`, which are not further apart than two days; null: there is
   * none.
   */
  changeWithin(fromMs: number, toMs: number): number | null {
    for (let step = stepOf(fromMs); step <= stepOf(toMs); step += 1) {
      const before = this.#startOf(step);
      const after = this.#startOf(step + 1);
      const changeMs = before === after ? Infinity : this.#changeOf(step, before);
      if (changeMs > fromMs && changeMs <= toMs) return changeMs;
    }
    return null;
  }

  #changeOf(step: number, before: number): number {
    const known = this.#changes.get(step);
    if (known !== undefined) return known;
    let [low, high] = [startOf(step), startOf(step + 1)];
    // Clocks change at whole seconds.
    while (high - low > 1000) {
      const middle = low + Math.floor((high - low) / 2000) * 1000;
      if (this.#ask(middle) === before) low = middle;
      else high = middle;
    }
    this.#changes.set(step, high);
    return high;
  }

  #startOf(step: number): number {
    if (step < 0 || step >= STEPS) return this.#ask(startOf(step));
    const known = this.#offsets[step];
    if (known !== undefined && known !== UNKNOWN) return known * 1000;
    const offset = this.#ask(startOf(step));
    this.#offsets[step] = offset / 1000;
    return offset;
  }

  /** From what the clock shows: `31, 19:00:00`. Nowhere it is more than a day ahead or behind. */
  #ask(ms: number): number {
    const [date, hours, minutes, seconds] = this.#format.format(ms).split(/\D+/).map(Number) as [
      number,
      number,
      number,
      number,
    ];
    const at = new Date(ms);
    const days = date - at.getUTCDate();
    const ahead = days > 1 ? -1 : days < -1 ? 1 : days;
    return ahead * DAY_MS + ((hours * 60 + minutes) * 60 + seconds) * 1000 - (ms - Math.floor(ms / DAY_MS) * DAY_MS);
  }
}

const known = new LRUCache<string, ZoneOffsets>({ max: KEPT_ZONES });

/** The offsets of a zone, as far as they were requested. */
export function offsetsOf(timeZone: string): ZoneOffsets {
  const kept = known.get(timeZone);
  if (kept !== undefined) return kept;
  const made = new ZoneOffsets(timeZone);
  known.set(timeZone, made);
  return made;
}

function stepOf(ms: number): number {
  return Math.floor((ms - FIRST_MS) / STEP_MS);
}

function startOf(step: number): number {
  return FIRST_MS + step * STEP_MS;
}
