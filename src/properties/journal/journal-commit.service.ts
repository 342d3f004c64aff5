import { Injectable } from '@nestjs/common';
import { EventStore } from '../../stores/clickhouse/event-store.js';
import type { EventBatch } from '../../stores/clickhouse/event-batch.js';
import { joined, type EventIdentity, type UserSpan } from '../../stores/clickhouse/known-users.js';
import type { Sent } from '../ledger/batch-counts.js';
import { NO_DATA_CHANGES } from '../ledger/data-changes.js';
import { LedgerStore, type Ending } from '../ledger/ledger-store.js';
import type { PropertyEntity } from '../property.entity.js';
import { JournalFlush } from './journal-flush.service.js';
import { JournalMemories, type JournalMemory } from './journal-memory.js';
import { judged, type Judgement } from './judged.js';
import { UserSurveys } from './user-surveys.service.js';

/** Rows of this process that wait for the engine; above it posts wait for those of their property. */
const MAX_PENDING_BYTES = 16 * 1024 * 1024;
/** With so many they are sent at once. */
const MUCH_BYTES = 2 * 1024 * 1024;
/** Somebody else commits to the property as well: then batches take their numbers first, one after another. */
const ATTEMPTS = 2;

/** A small batch of events, who sent it, and how many items beside it were rejected. */
export interface SmallBatch extends Sent {
  readonly rows: EventBatch;
  readonly rejected: number;
}

/** A batch that is in the journal: all its events are new. */
export interface Journaled {
  readonly seq: number;
  readonly dataVersion: number;
  readonly newUsers: boolean;
}

/** The statement that commits was sent, and what came of it is not known. */
export class JournalDoubt extends Error {
  constructor(
    /** The number of each of the batches, where it is stored; null: it was not in the statement. */
    readonly seqs: readonly (number | null)[],
    cause: unknown,
  ) {
    super('A statement of the journal failed', { cause });
  }
}

/**
 * Commits small batches whose events are all new, with their rows in the journal
 * (decisions/0046-journal-of-small-posts.md): what is known of their users is in the memory of the process or found by
 * one look into the engine, and one statement of PostgreSQL makes them durable and visible, if nobody else was given a
 * number meanwhile.
 */
@Injectable()
export class JournalCommit {
  constructor(
    private readonly ledger: LedgerStore,
    private readonly memories: JournalMemories,
    private readonly flush: JournalFlush,
    private readonly events: EventStore,
    private readonly surveys: UserSurveys,
  ) {}

  /**
   * Batches of one property, one group after another. Null for a batch that has to be stored and compared: some of its events may be
   * duplicates, or others store in the property at the moment.
   * @throws JournalDoubt; what the stores throw, with nothing done
   */
  async commit(property: PropertyEntity, batches: readonly SmallBatch[]): Promise<(Journaled | null)[]> {
    const memory = this.memories.of(property.id);
    if (memory.pendingBytes > MAX_PENDING_BYTES) await this.flush.flush(property.id, memory.pendingSeq);
    for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
      if (!memory.isCurrent && !(await this.#catchUp(property.id, memory))) break;
      const judgements = await this.#judge(property, memory, batches);
      if (judgements.every((judgement) => judgement === null)) return judgements;
      const done = await this.#write(property, memory, batches, judgements);
      if (done !== null) return done;
    }
    return batches.map(() => null);
  }

  /** Batches that had to be stored and compared are closed: nothing is known of their users any more. */
  passed(propertyId: string, batches: readonly { readonly seq: number; readonly rows: EventBatch }[]): void {
    const memory = this.memories.of(propertyId);
    memory.isCurrent = false;
    for (const { seq, rows } of batches) {
      const identities = rows.fewIdentities;
      if (identities !== null) memory.passed(seq, identities);
    }
  }

  /** Whether the memory holds now: not where something is open, as it may be stored at any moment. */
  async #catchUp(propertyId: string, memory: JournalMemory): Promise<boolean> {
    const standing = await this.ledger.standing(propertyId, memory.lastSeq, [...memory.passedSeqs]);
    if (standing === null) this.memories.forget(propertyId);
    if (standing === null || !standing.isQuiet) return false;
    if (standing.isChanged) {
      memory.forgetAll();
      // Others' rows are known to nobody here, and of its own some may have been taken back.
      if (standing.isJournaled) await this.flush.flush(propertyId, standing.lastSeq);
      memory.flushed(standing.lastSeq);
    }
    memory.passedSeqs.clear();
    memory.lastSeq = standing.lastSeq;
    memory.isCurrent = true;
    return true;
  }

  async #judge(
    property: PropertyEntity,
    memory: JournalMemory,
    batches: readonly SmallBatch[],
  ): Promise<(Judgement | null)[]> {
    const identities = batches.map(({ rows }) => rows.fewIdentities);
    return await judged(identities, memory, (users, instants) => {
      this.surveys.looked(property, users.filter((user) => memory.span(user) === undefined).length);
      return this.events.knownUsers(property.number, users, instants);
    });
  }

  /** Null: somebody else was given a number. */
  async #write(
    { id, number }: PropertyEntity,
    memory: JournalMemory,
    batches: readonly SmallBatch[],
    judgements: readonly (Judgement | null)[],
  ): Promise<(Journaled | null)[] | null> {
    const { lastSeq } = memory;
    let seq = lastSeq;
    const members = batches.flatMap((batch, place) => {
      const judgement = judgements[place];
      return judgement ? [{ place, batch, judgement, seq: ++seq }] : [];
    });
    const seqOf = new Map(members.map((member) => [member.place, member.seq]));
    const rows = members.map(({ batch, seq: own }) => batch.rows.groupBytes(own));
    const grouped = {
      propertyNumber: number,
      firstSeq: lastSeq + 1,
      hasFinerTimes: members.some(({ batch }) => batch.rows.hasFinerTimes),
      rows: Buffer.concat(rows),
    };
    const endings = members.map(({ batch, judgement, seq: own }) => endingOf(own, batch, judgement));
    memory.isCurrent = false;
    const isDone = await this.ledger.journal(id, lastSeq, endings, grouped).catch((cause: unknown) => {
      throw new JournalDoubt(
        batches.map((_, place) => seqOf.get(place) ?? null),
        cause,
      );
    });
    if (!isDone) return null;
    memory.isCurrent = true;
    memory.lastSeq = seq;
    const wasMuch = memory.pendingBytes > MUCH_BYTES;
    for (const [at, { batch, judgement, seq: own }] of members.entries()) {
      const identities = batch.rows.fewIdentities ?? [];
      memory.add({ seq: own, identities, bytes: rows[at]?.length ?? 0 });
      rememberUsers(memory, identities, judgement.spans);
    }
    // Once, where the line is crossed: what is above it waits for the engine.
    this.flush.schedule(id, !wasMuch && memory.pendingBytes > MUCH_BYTES ? 0 : undefined);
    return batches.map((_, place) => {
      const own = seqOf.get(place);
      return own === undefined ? null : { seq: own, dataVersion: seq, newUsers: judgements[place]?.newUsers ?? false };
    });
  }
}

function endingOf(
  seq: number,
  { rows, rejected, apiKeyId, streamSeq }: SmallBatch,
  { newUsers }: Judgement,
): Ending & { readonly sent: Sent } {
  const { fromMs: firstMs, toMs: lastMs } = rows.range;
  const items = { accepted: rows.count, duplicates: 0, conflicting: 0, rejected };
  const touches = { ...NO_DATA_CHANGES, eventDays: rows.days, newUsers };
  return { seq, touches, counts: { ...items, firstMs, lastMs, tally: rows.tally() }, sent: { apiKeyId, streamSeq } };
}

function rememberUsers(
  memory: JournalMemory,
  identities: readonly EventIdentity[],
  before: ReadonlyMap<string, UserSpan | undefined>,
): void {
  for (const { user, timeMs } of identities) {
    const known = joined(memory.span(user), before.get(user));
    const own = { firstMs: timeMs, lastMs: timeMs };
    memory.remember(user, joined(known, own) ?? own);
  }
}
