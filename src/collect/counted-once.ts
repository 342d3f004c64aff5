import { createHash } from 'node:crypto';
import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
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
  /** The stream of batches that has stored it; absent: it is not stored yet. */
  readonly stream?: number;
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

/** Streams of which every batch was taken back, or is being so: what is sent from now on is stored after that. */
const TAKEN_BACK = `
  SELECT stream_seq::float8 AS stream FROM batches WHERE property_id = $1 AND stream_seq = ANY ($2::bigint[])
  GROUP BY stream_seq HAVING bool_and(deletion_seq IS NOT NULL)`;

/**
 * Orders, their items and exposures, which count once. The first event is noted; the same event that is sent again gets
 * the time of the first, so that it is the same to the store, too, and another one with the same key is a duplicate. Until
 * the first one is stored its note holds for a minute, so that another one takes the place of one that never is. One whose
 * batch was taken back has not counted.
 */
@Injectable()
export class CountedOnce {
  constructor(
    private readonly notes: CollectNotes,
    private readonly database: DataSource,
  ) {}

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
    const counted = await this.firstOf(propertyId, named, new Date(nowMs + UNDER_WAY_MS));
    for (const { place, name, value, isExposure } of named) {
      const first = counted.get(name);
      verdicts.set(place, verdictOf(value, first));
      if (first?.mark === value.mark) counting.push({ name, value: first, isExposure });
    }
    return { verdicts, counting };
  }

  private async firstOf(
    propertyId: string,
    named: readonly Note<Counted>[],
    endsAt: Date,
  ): Promise<ReadonlyMap<string, Counted>> {
    const counted = await this.notes.first<Counted>(propertyId, 'once', named, endsAt);
    const streams = [...counted.values()].flatMap(({ stream }) => stream ?? []);
    if (streams.length === 0) return counted;
    const rows: { readonly stream: number }[] = await this.database.query(TAKEN_BACK, [propertyId, streams]);
    const takenBack = new Set(rows.map(({ stream }) => stream));
    const gone = [...counted].flatMap(([name, value]) =>
      value.stream !== undefined && takenBack.has(value.stream) ? [{ name, value }] : [],
    );
    if (gone.length === 0) return counted;
    await this.notes.forget(propertyId, 'once', gone);
    const names = new Set(gone.map(({ name }) => name));
    const anew = named.filter(({ name }) => names.has(name));
    return new Map([...counted, ...(await this.notes.first<Counted>(propertyId, 'once', anew, endsAt))]);
  }

  /** Once the events are stored, by the batches of `stream`, or by an earlier one that is known. */
  async confirm(
    propertyId: string,
    counting: readonly Counting[],
    stream: number | null,
    nowMs: number,
  ): Promise<void> {
    for (const isExposure of [false, true]) {
      const endsAt = isExposure ? new Date(nowMs + EXPOSURES_KEPT_MS) : null;
      const ofKind = counting
        .filter((one) => one.isExposure === isExposure)
        .map(({ name, value }) => ({ name, value: stream === null ? value : { stream, ...value } }));
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
