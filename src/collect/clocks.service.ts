import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { LRUCache } from 'lru-cache';
import { clockShift, RIGHT_WITHIN_MS } from '../core/collect/clock-shift.js';
import { OLDEST_MS } from '../core/collect/sent-event.js';
import { DAY_MS } from '../core/time/utc-day.js';
import { CollectNotes } from './collect-notes.js';

const REMEMBERED = 20_000;
/** Longer than an event can be on its way. */
const KEPT_MS = OLDEST_MS + DAY_MS;

interface NotedClock {
  readonly shiftMs: number;
}

/**
 * By how much the clocks of senders are off. What has been found of a clock goes on to hold, so that an event that is sent
 * again has the same time again and counts once; other processes find it in the notes.
 */
@Injectable()
export class Clocks {
  readonly #known = new LRUCache<string, number>({ max: REMEMBERED, ttl: KEPT_MS });

  constructor(private readonly notes: CollectNotes) {}

  /** `sender`: by what it is known; null: by nothing, so that each body is judged by itself. */
  async shiftOf(
    propertyId: string,
    sender: string | null,
    sentAtMs: number | null,
    receivedMs: number,
  ): Promise<number> {
    const alone = clockShift(sentAtMs, receivedMs, undefined);
    if (sentAtMs === null || sender === null) return alone;
    const name = `${propertyId} ${sender}`;
    // Clocks that are right are the most, and cost nothing.
    if (alone === 0 && !this.#known.has(name)) return 0;
    const key = createHash('sha256').update(name).digest().subarray(0, 16);
    const known = this.#known.get(name) ?? (await this.noted(propertyId, key));
    const shiftMs = clockShift(sentAtMs, receivedMs, known);
    if (Math.abs(shiftMs) <= RIGHT_WITHIN_MS) return shiftMs;
    if (known !== shiftMs) {
      await this.notes.put(propertyId, 'clock', [{ key, value: { shiftMs } }], new Date(receivedMs + KEPT_MS));
    }
    this.#known.set(name, shiftMs);
    return shiftMs;
  }

  private async noted(propertyId: string, key: Buffer): Promise<number | undefined> {
    const found = await this.notes.find<NotedClock>(propertyId, 'clock', [key]);
    return found.get(key.toString('hex'))?.shiftMs;
  }
}
