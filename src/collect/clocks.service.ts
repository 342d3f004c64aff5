import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { heldShift, SAME_CLOCK_MS, shiftOf } from '../core/collect/clock-shift.js';
import { OLDEST_MS } from '../core/collect/sent-event.js';
import { DAY_MS } from '../core/time/utc-day.js';
import { GroupCommit } from '../properties/ingest/group-commit.js';
import { CollectNotes, type Note } from './collect-notes.js';

const REMEMBERED = 50_000;
/** So many rows are read and written at once. */
const NAMES_OF_A_GROUP = 500;
/** More clocks than a sender has in an hour; those before are found in the notes. */
const MAX_CLOCKS = 8;
const HOUR_MS = 3_600_000;
/** Longer than an event can be on its way. */
const KEPT_MS = OLDEST_MS + DAY_MS;
/** That a clock is right is what most say, and what the next message is likely to find again. */
const RIGHT_KEPT_MS = 2 * DAY_MS;

/** When something happened by the clock of a sender. */
export interface ClockReading {
  /** By what the sender is known. */
  readonly sender: string;
  /** As it was sent, UTC milliseconds. */
  readonly rawMs: number;
}

interface NotedClock {
  readonly shiftMs: number;
}

/** Clocks that one message finds off by so much. */
interface Ask {
  readonly names: readonly string[];
  readonly offMs: number;
  readonly receivedMs: number;
}

/** By how much they are moved, by name. */
type Judged = ReadonlyMap<string, number>;

/**
 * By how much the clocks of senders are off. It is judged once for each hour that the clock itself shows, by the first
 * message that tells of it, and noted for all processes: an event that is sent again says the same hour, and so has the
 * same time again (decisions/0049-clocks-are-judged-once.md).
 */
@Injectable()
export class Clocks {
  readonly #asks = new GroupCommit<Ask, Judged>();
  readonly #known = new LRUCache<string, readonly number[]>({ max: REMEMBERED, ttl: KEPT_MS });

  constructor(private readonly notes: CollectNotes) {}

  /** By how much each of the readings is moved, in ms. `offMs`: by how much the message finds their clocks off. */
  async shiftsOf(
    propertyId: string,
    readings: readonly ClockReading[],
    offMs: number,
    receivedMs: number,
  ): Promise<readonly number[]> {
    const names = readings.map(({ sender, rawMs }) => `${propertyId} ${Math.floor(rawMs / HOUR_MS)} ${sender}`);
    const shifts = new Map<string, number>();
    const unknown: string[] = [];
    for (const name of new Set(names)) {
      const known = heldShift(offMs, this.#known.get(name) ?? []);
      if (known === undefined) unknown.push(name);
      else shifts.set(name, known);
    }
    for (const [name, shiftMs] of await this.judge(propertyId, { names: unknown, offMs, receivedMs })) {
      this.#known.set(name, [...(this.#known.get(name) ?? []), shiftMs].slice(-MAX_CLOCKS));
      shifts.set(name, shiftMs);
    }
    return names.map((name) => shifts.get(name) ?? 0);
  }

  /** What is noted of each name, or is noted now: of all messages of a moment together. */
  private async judge(propertyId: string, ask: Ask): Promise<Judged> {
    if (ask.names.length === 0) return new Map();
    const member = { member: ask, share: ask.names.length / NAMES_OF_A_GROUP };
    return await this.#asks.add(propertyId, member, (asks) => this.judgeAll(propertyId, asks));
  }

  private async judgeAll(propertyId: string, asks: readonly Ask[]): Promise<readonly PromiseFulfilledResult<Judged>[]> {
    const steps = asks.flatMap(({ names, offMs }) => names.flatMap((name) => nearSteps(name, offMs)));
    const noted = await this.notes.find<NotedClock>(propertyId, 'clock', steps);
    const missing: Record<'right' | 'wrong', Note<NotedClock>[]> = { right: [], wrong: [] };
    for (const { names, offMs } of asks) {
      const shiftMs = shiftOf(offMs);
      for (const name of names) {
        if (heldShift(offMs, shiftsIn(noted, name, offMs)) !== undefined) continue;
        const note = { name: atStep(name, stepOf(offMs)), value: { shiftMs } };
        missing[shiftMs === 0 ? 'right' : 'wrong'].push(note);
      }
    }
    const nowMs = Math.max(...asks.map(({ receivedMs }) => receivedMs));
    const first = (notes: readonly Note<NotedClock>[], keptMs: number) =>
      this.notes.first(propertyId, 'clock', notes, new Date(nowMs + keptMs));
    // One after the other: some clock may be right to one message, and off to another one.
    const all = new Map([...noted, ...(await first(missing.right, RIGHT_KEPT_MS))]);
    for (const [step, note] of await first(missing.wrong, KEPT_MS)) all.set(step, note);
    return asks.map(({ names, offMs }) => {
      const value = new Map(names.map((name) => [name, heldShift(offMs, shiftsIn(all, name, offMs)) ?? 0]));
      return { status: 'fulfilled', value };
    });
  }
}

function shiftsIn(notes: ReadonlyMap<string, NotedClock>, name: string, offMs: number): readonly number[] {
  return nearSteps(name, offMs).flatMap((step) => notes.get(step)?.shiftMs ?? []);
}

function stepOf(offMs: number): number {
  return Math.floor(offMs / SAME_CLOCK_MS);
}

/** Where all is noted that can be of the same clock. */
function nearSteps(name: string, offMs: number): readonly string[] {
  const step = stepOf(offMs);
  return [step - 1, step, step + 1].map((at) => atStep(name, at));
}

/** Of a clock that is off by the step, or near to it. */
function atStep(name: string, step: number): string {
  return `${step} ${name}`;
}
