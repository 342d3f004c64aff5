import { Injectable } from '@nestjs/common';
import type { CollectRules } from '../core/collect/collect-settings.js';
import { firstTouchOf, type FirstTouch } from '../core/collect/first-touch.js';
import { isOfAccount, readSentEvent, SentTimes, type SentEvent } from '../core/collect/sent-event.js';
import { storedEvent, type HitFacts, type KeptIds } from '../core/collect/stored-event.js';
import { upsertOf, userChange, type UserChange } from '../core/collect/user-change.js';
import { ItemFaults } from '../core/ingest/item-faults.js';
import { EventReader, UserReader, type ItemForm } from '../core/ingest/item-readers.js';
import { isGiven, isObject } from '../core/json-shape.js';
import type { CollectedItem } from './collected-body.js';
import { CountedOnce, isCountedOnce, type Counting } from './counted-once.js';
import type { Hit } from './hit.js';
import { Senders } from './senders.service.js';
import { Sessions, type FoundSession } from './sessions.service.js';
import type { UserAgent } from './user-agents.js';

/** The events of a body as POST events takes them. */
export interface PreparedEvents {
  /** By their places in the body. */
  readonly items: readonly CollectedItem[];
  /** What they say of users. */
  readonly changes: readonly UserChange[];
  /** Events that have counted before, and are not sent on. */
  readonly counted: number;
  /** What counts once, as soon as it is stored. */
  readonly counting: readonly Counting[];
}

/** An event that can be taken so far, with whose it is. */
interface OwnedEvent {
  readonly place: number;
  readonly sent: SentEvent;
  readonly visitor: string | null;
  readonly user: unknown;
}

interface PlacedEvent extends OwnedEvent {
  readonly session: FoundSession;
}

const NO_TOUCH: FirstTouch = {};

/** Makes the events of a body what is stored of them: times, visitors, sessions, properties, what counts once. */
@Injectable()
export class EventPreparation {
  private readonly times = new SentTimes();

  constructor(
    private readonly senders: Senders,
    private readonly sessions: Sessions,
    private readonly once: CountedOnce,
  ) {}

  async prepare(hit: Hit, agent: UserAgent, rules: CollectRules, form: ItemForm): Promise<PreparedEvents> {
    const { body, receivedMs } = hit;
    const keeps = keptIds(hit, rules);
    const rawMs = body.events.map((event) => (isObject(event) ? this.times.msOf(event['time']) : NaN));
    const shifts = await this.senders.shifts(hit, rawMs, keeps);
    const items: CollectedItem[] = [];
    const events = body.events.flatMap((value, place) => {
      const faults = new ItemFaults();
      const times = { receivedMs, rawMs: rawMs[place] ?? NaN, shiftMs: shifts[place] ?? 0 };
      const sent = readSentEvent(value, times, faults);
      items.push(sent === null ? faults : null);
      return sent === null ? [] : [{ place, sent }];
    });
    const owned = await this.owned(hit, events, keeps, items);
    const placed = await this.placed(hit, owned, keeps, form.latestMs);
    const facts = { rules, keeps, properties: propertiesOf(hit, agent) };
    return await this.write(hit, placed, facts, form, items);
  }

  /** With their visitors; those of whom nobody can be told are refused. */
  private async owned(
    hit: Hit,
    events: readonly Pick<OwnedEvent, 'place' | 'sent'>[],
    keeps: KeptIds,
    items: CollectedItem[],
  ): Promise<OwnedEvent[]> {
    const sents = events.map(({ sent }) => sent);
    const visitors = await this.senders.visitors(hit, sents, keeps);
    return events.flatMap(({ place, sent }, at) => {
      const visitor = visitors[at] ?? null;
      const user = keeps.user && isGiven(sent.item['user']) ? sent.item['user'] : visitor;
      // Where the time is none, that is what is told.
      if (user !== null || Number.isNaN(sent.atMs)) return [{ place, sent, visitor, user: user ?? '-' }];
      const faults = new ItemFaults();
      if (hit.body.context.isApplication && sent.visitor === null) faults.add('missing_field', ['visitor']);
      else faults.add('time_out_of_range', ['time'], 'keyless');
      items[place] = faults;
      return [];
    });
  }

  /** With their sessions, which events of no time, or later ones than are taken, do not move. */
  private async placed(
    { property, body: { context } }: Hit,
    events: OwnedEvent[],
    keeps: KeptIds,
    latestMs: number,
  ): Promise<readonly PlacedEvent[]> {
    const { entry, isApplication } = context;
    const touch = entry === null ? null : firstTouchOf(entry);
    const isTold = (sent: SentEvent): boolean =>
      keeps.own && sent.session !== null && (touch !== null || isApplication);
    const seeking = events
      .filter(({ sent }) => !isTold(sent) && sent.atMs <= latestMs)
      .toSorted((a, b) => a.sent.atMs - b.sent.atMs);
    const seekers = seeking.map(({ sent, visitor, user }) => ({
      visitor: visitor ?? String(user),
      session: keeps.own ? sent.session : null,
      atMs: sent.atMs,
      touch: isApplication ? NO_TOUCH : (touch ?? touchOfPage(sent)),
    }));
    const found = await this.sessions.of(property.id, seekers);
    const byPlace = new Map(seeking.map(({ place }, at) => [place, found[at]]));
    return events.map((event): PlacedEvent => {
      const own = { id: event.sent.session ?? '-', touch: touch ?? NO_TOUCH };
      return { ...event, session: byPlace.get(event.place) ?? own };
    });
  }

  private async write(
    { property, receivedMs }: Hit,
    events: readonly PlacedEvent[],
    facts: HitFacts,
    form: ItemForm,
    items: CollectedItem[],
  ): Promise<PreparedEvents> {
    const judges = { event: new Judge(() => new EventReader(form)), user: new Judge(() => new UserReader(form)) };
    const changes: UserChange[] = [];
    const once: PlacedEvent[] = [];
    const text = (event: PlacedEvent, atMs: number | null): string => {
      const { sent, visitor, user, session } = event;
      return storedEvent(sent, { visitor, user, session: session.id, touch: session.touch, atMs }, facts);
    };
    for (const event of events) {
      const { place, sent } = event;
      const stored = text(event, null);
      items[place] = stored;
      const change = this.changeOf(sent, facts);
      const isOnce = isCountedOnce(sent.name);
      if (change === null && !isOnce) continue;
      // What is noted of users and orders must be of an event that is taken.
      const faults = judges.event.faultsOf(stored) ?? (change && judges.user.faultsOf(upsertOf(change)));
      if (faults !== null) items[place] = faults;
      else if (change !== null) changes.push(change);
      if (faults === null && isOnce) once.push(event);
    }
    const asked = once.map(({ sent, session }) => ({ sent, session: session.id }));
    const { verdicts, counting } = await this.once.verdicts(property.id, asked, receivedMs);
    let counted = 0;
    for (const [at, event] of once.entries()) {
      const verdict = verdicts.get(at);
      if (verdict === 'counted') {
        items[event.place] = null;
        counted += 1;
      } else if (verdict !== undefined && verdict.atMs !== null) items[event.place] = text(event, verdict.atMs);
    }
    return { items, changes, counted, counting };
  }

  private changeOf(sent: SentEvent, { keeps, rules }: HitFacts): UserChange | null {
    if (!keeps.user || rules.settings.traits === 'ignore' || !isOfAccount(sent)) return null;
    return userChange(sent, rules.allowedTraits);
  }
}

function keptIds({ body: { context }, sending }: Hit, { settings }: CollectRules): KeptIds {
  const isAnonymous = context.isWithoutConsent || sending.hasGpc || sending.hasDnt;
  return { own: settings.visitor_ids === 'persistent' && !isAnonymous, user: !isAnonymous };
}

/** What the server knows goes before what the sender says, but for the system of an application. */
function propertiesOf(
  { body: { context }, sending }: Hit,
  { properties }: UserAgent,
): Readonly<Record<string, string>> {
  const known = context.isApplication ? {} : properties;
  return { ...context.properties, ...known, ...(sending.country !== null && { $country: sending.country }) };
}

/** By which way a session comes that begins with the page; nothing where the event is none. */
function touchOfPage({ item, name }: SentEvent): FirstTouch {
  const properties = isObject(item['properties']) ? item['properties'] : {};
  const { $url: url, $referrer: referrer } = properties;
  if (name !== '$page' || typeof url !== 'string') return NO_TOUCH;
  return firstTouchOf({ url, referrer: typeof referrer === 'string' ? referrer : null });
}

/** Judges items one after the other, by one reader as long as there is nothing wrong: what is wrong stays the item's. */
class Judge {
  #reader: EventReader | UserReader | null = null;

  constructor(private readonly make: () => EventReader | UserReader) {}

  faultsOf(text: string): ItemFaults | null {
    const bytes = Buffer.from(text);
    this.#reader ??= this.make();
    if (this.#reader.read(bytes, 0, bytes.length)) return null;
    const { faults } = this.#reader;
    this.#reader = null;
    return faults;
  }
}
