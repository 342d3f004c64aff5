import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { csvOfEvents } from '../properties/ingest/csv-parameters.js';
import type { ItemForm } from '../core/ingest/item-readers.js';
import type { IngestBody } from '../properties/ingest/ingest-body.js';
import type { IngestAnswerDto } from '../properties/ingest/ingest-answer.dto.js';
import type { EventsQuery } from '../properties/ingest/ingest-query.dto.js';
import type { BatchVerdict, CommittedBatch, Member } from '../properties/ingest/batch-committer.service.js';
import { GroupCommit } from '../properties/ingest/group-commit.js';
import { Ingestion, type ItemKind, type Sender } from '../properties/ingest/ingestion.service.js';
import { JournalCommit } from '../properties/journal/journal-commit.service.js';
import { NO_DATA_CHANGES } from '../properties/ledger/data-changes.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { EventBatch } from '../stores/clickhouse/event-batch.js';
import { EventStore, NO_CONFLICTS, type EventVerdict } from '../stores/clickhouse/event-store.js';

/** Takes events in, whatever form they come in. */
@Injectable()
export class EventsService {
  private readonly kind: ItemKind<EventsQuery, EventBatch> = {
    kind: 'events',
    csv: csvOfEvents,
    dateZone: () => null,
    newBatch: (form) => new EventBatch(form),
    groups: {
      queue: new GroupCommit(),
      share: (batch) => batch.groupShare,
      commitNew: (property, members) => this.commitNew(property, members),
      passed: ({ id }, batches) => this.journal.passed(id, batches),
    },
    insert: (property, firstSeq, batches) => this.insert(property, firstSeq, batches),
    verdicts: (property, firstSeq, batches, knownDays) => this.verdicts(property, firstSeq, batches, knownDays),
  };

  constructor(
    private readonly ingestion: Ingestion,
    private readonly events: EventStore,
    private readonly journal: JournalCommit,
  ) {}

  /** Throws a Failure where the body cannot be read to its end; batches stored before stay. */
  ingest(sender: Sender, request: FastifyRequest, query: EventsQuery): Promise<IngestAnswerDto> {
    return this.ingestion.ingest(this.kind, sender, request, query);
  }

  /** Stores events that somebody else has read. Throws as `ingest`. */
  take(sender: Sender, body: IngestBody, form: ItemForm): Promise<IngestAnswerDto> {
    return this.ingestion.take(this.kind, sender, body, form);
  }

  private async commitNew(
    property: PropertyEntity,
    members: readonly Member<EventBatch>[],
  ): Promise<(CommittedBatch | null)[]> {
    const journaled = await this.journal.commit(property, members);
    return members.map(({ rows }, place) => {
      const { seq, dataVersion, newUsers } = journaled[place] ?? {};
      if (seq === undefined || dataVersion === undefined || newUsers === undefined) return null;
      const touches = { ...NO_DATA_CHANGES, eventDays: rows.days, newUsers };
      const verdict = { accepted: rows.count, conflicts: NO_CONFLICTS, tally: rows.tally(), touches };
      return { storedSeq: seq, seq, dataVersion, verdict };
    });
  }

  private insert(property: number, firstSeq: number, batches: readonly EventBatch[]): Promise<void> {
    const [only] = batches;
    if (batches.length === 1 && only) return this.events.insert(property, firstSeq, only);
    return this.events.insertGroup(property, firstSeq, batches);
  }

  private async verdicts(
    property: number,
    firstSeq: number,
    batches: readonly EventBatch[],
    knownDays: readonly number[],
  ): Promise<BatchVerdict[]> {
    const [only] = batches;
    const verdicts =
      batches.length === 1 && only
        ? [await this.events.verdict(property, firstSeq, only, knownDays)]
        : await this.events.verdicts(property, firstSeq, batches);
    return Promise.all(
      verdicts.map((verdict, place) => this.detailed(property, firstSeq + place, batches[place], verdict)),
    );
  }

  /** With what a batch of which not everything is new differs in, and is made of. */
  private async detailed(
    property: number,
    seq: number,
    rows: EventBatch | undefined,
    { accepted, eventDays, newUsers }: EventVerdict,
  ): Promise<BatchVerdict> {
    const touches = { ...NO_DATA_CHANGES, eventDays, newUsers };
    if (rows === undefined || accepted === rows.count)
      return { accepted, conflicts: NO_CONFLICTS, tally: rows?.tally() ?? null, touches };
    const conflicts = await this.events.conflicts(property, seq, rows);
    return {
      accepted,
      conflicts,
      tally: accepted > 0 ? await this.events.tally(property, seq, rows.range) : null,
      touches,
    };
  }
}
