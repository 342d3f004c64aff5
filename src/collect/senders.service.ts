import { Injectable } from '@nestjs/common';
import { dailyVisitor } from '../core/collect/daily-visitor.js';
import type { KeptIds } from '../core/collect/stored-event.js';
import { isObject } from '../core/json-shape.js';
import { Clocks } from './clocks.service.js';
import type { Hit } from './hit.js';
import { VisitorKeys } from './visitor-keys.js';

/** In place of a network: what follows is the id of an installation, or the clock of a visitor. */
const INSTALLATION = 'installation';
const CLOCK = 'clock';

/** An event, as far as it tells who sends it. */
interface OfSender {
  readonly visitor: string | null;
  readonly atMs: number;
}

/** Whom events are of, where their sender is not to be known, and how the clocks of senders go. */
@Injectable()
export class Senders {
  constructor(
    private readonly keys: VisitorKeys,
    private readonly clocks: Clocks,
  ) {}

  /**
   * By how much the time of each event of a body is moved, in ms. `rawMs`: the times as they were sent, NaN for none. A
   * sender who is known by an id of the server alone is so to its clock, too: what is noted of it says nothing once the
   * key of the day is destroyed.
   */
  async shifts(hit: Hit, rawMs: readonly number[], keeps: KeptIds): Promise<readonly number[]> {
    const { property, body, receivedMs } = hit;
    if (body.sentAtMs === null) return rawMs.map(() => 0);
    const timed = rawMs.flatMap((ms, place) => (Number.isNaN(ms) ? [] : [{ ms, place }]));
    const own = body.events.map((event) => ownIdOf(event, keeps));
    const keyless = timed.filter(({ place }) => own[place] === null);
    const instants = keyless.length === 0 ? [] : [receivedMs, ...keyless.map(({ ms }) => ms)];
    const keys = await this.keys.at(property, instants, receivedMs);
    const idOf = idsOf(hit, keys);
    const readings = timed.map(({ ms, place }) => {
      const hidden = (): string => idOf(keys.has(ms) ? ms : receivedMs, CLOCK, seenBy(hit)) ?? '';
      return { sender: own[place] ?? hidden(), rawMs: ms };
    });
    const shifts = await this.clocks.shiftsOf(property.id, readings, receivedMs - body.sentAtMs, receivedMs);
    const byPlace = new Map(timed.map(({ place }, at) => [place, shifts[at]]));
    return rawMs.map((_, place) => byPlace.get(place) ?? 0);
  }

  /**
   * The visitor of each event: its own id, or one that the server makes for the day: of a browser from network and user
   * agent, of an application from the id of the installation. Null: nothing tells, or the day is too long ago.
   */
  async visitors(hit: Hit, events: readonly OfSender[], keeps: KeptIds): Promise<readonly (string | null)[]> {
    const { isApplication } = hit.body.context;
    const isHidden = ({ visitor, atMs }: OfSender): boolean =>
      (visitor === null || !keeps.own) && !(isApplication && visitor === null) && !Number.isNaN(atMs);
    const instants = events.filter(isHidden).map(({ atMs }) => atMs);
    const idOf = idsOf(hit, await this.keys.at(hit.property, instants, hit.receivedMs));
    return events.map((event) => {
      const { visitor, atMs } = event;
      if (!isHidden(event)) return keeps.own ? visitor : null;
      return isApplication && visitor !== null
        ? idOf(atMs, INSTALLATION, visitor)
        : idOf(atMs, hit.sending.network, hit.sending.agent ?? '');
    });
  }
}

/** By what the sender of an event is known beyond the day; null: by nothing. */
function ownIdOf(event: unknown, keeps: KeptIds): string | null {
  if (!isObject(event)) return null;
  const { visitor, user } = event;
  if (keeps.own && typeof visitor === 'string') return `v ${visitor}`;
  return keeps.user && typeof user === 'string' ? `u ${user}` : null;
}

/** By what all events of a body are seen to be of one sender. */
function seenBy({ sending }: Hit): string {
  return `${sending.network ?? ''} ${sending.agent ?? ''}`;
}

/** Ids under the keys of instants; each is worked out once. */
function idsOf({ property }: Hit, keys: ReadonlyMap<number, Buffer>) {
  const known = new Map<Buffer, Map<string, string>>();
  return (atMs: number, network: string | null, agent: string): string | null => {
    const key = keys.get(atMs);
    if (key === undefined) return null;
    const ids = known.get(key) ?? new Map<string, string>();
    known.set(key, ids);
    const name = `${network ?? ''}\0${agent}`;
    const id = ids.get(name) ?? dailyVisitor({ propertyId: property.id, network, agent }, key);
    ids.set(name, id);
    return id;
  };
}
