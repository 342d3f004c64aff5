import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { onceKey } from '../core/collect/once-key.js';
import { OLDEST_MS, type SentEvent } from '../core/collect/sent-event.js';
import { DAY_MS } from '../core/time/utc-day.js';
import { CollectNotes, type Note } from './collect-notes.js';

const NAMES: ReadonlySet<string> = new Set(['$order', '$order_item', '$exposure']);

/** Whether events of a name may count once, whatever their id. */
export function isCountedOnce(name: string): boolean {
  return NAMES.has(name);
}

/** The event that was counted. */
interface Counted {
  /** What tells it from a repetition: its id as a hash, or its time. */
  readonly mark: string;
  readonly atMs: number;
}

/** Of one event: it counts, at this time where that is not its own; or it does not, as another one has counted. */
export type OnceVerdict = { readonly atMs: number | null } | 'counted';

/** An event that counts as soon as it is stored. */
export interface Counting extends Note<Counted> {
  readonly isExposure: boolean;
}

export interface OnceVerdicts {
  /** By the place of the event; events that count each time have no verdict. */
  readonly verdicts: ReadonlyMap<number, OnceVerdict>;
  readonly counting: readonly Counting[];
}

/** Longer than an event takes from here to the store. */
const UNDER_WAY_MS = 60_000;

/** Longer than the exposures of a session can come. */
const EXPOSURES_KEPT_MS = OLDEST_MS + 2 * DAY_MS;

/**
 * Orders, their items and exposures, which count once. The first event is noted; the same event that is sent again gets
 * the time of the first, so that it is the same to the store, too, and another one with the same key is a duplicate. Until
 * the first one is stored its note holds for a minute, so that another one takes the place of one that never is.
 */
@Injectable()
export class CountedOnce {
  constructor(private readonly notes: CollectNotes) {}

  async verdicts(
    propertyId: string,
    events: readonly { readonly sent: SentEvent; readonly session: string }[],
    nowMs: number,
  ): Promise<OnceVerdicts> {
    const named = events.flatMap(({ sent, session }, place) => {
      const name = Number.isNaN(sent.atMs) ? null : onceKey(sent, session);
      if (name === null) return [];
      const value = { mark: markOf(sent), atMs: sent.atMs };
      return [{ place, name, value, isExposure: sent.name === '$exposure' }];
    });
    const verdicts = new Map<number, OnceVerdict>();
    const counting: Counting[] = [];
    const counted = await this.notes.first<Counted>(propertyId, 'once', named, new Date(nowMs + UNDER_WAY_MS));
    for (const { place, name, value, isExposure } of named) {
      const first = counted.get(name);
      verdicts.set(place, verdictOf(value, first));
      if (first?.mark === value.mark) counting.push({ name, value: first, isExposure });
    }
    return { verdicts, counting };
  }

  /** Once the events are stored. */
  async confirm(propertyId: string, counting: readonly Counting[], nowMs: number): Promise<void> {
    for (const isExposure of [false, true]) {
      const endsAt = isExposure ? new Date(nowMs + EXPOSURES_KEPT_MS) : null;
      const ofKind = counting.filter((one) => one.isExposure === isExposure);
      await this.notes.put(propertyId, 'once', ofKind, endsAt);
    }
  }
}

function verdictOf(own: Counted, counted: Counted | undefined): OnceVerdict {
  if (counted === undefined || counted.mark !== own.mark) return 'counted';
  return { atMs: counted.atMs === own.atMs ? null : counted.atMs };
}

function markOf({ item, atMs }: SentEvent): string {
  const id = item['id'];
  return typeof id !== 'string' ? String(atMs) : createHash('sha256').update(id).digest('base64url').slice(0, 16);
}
