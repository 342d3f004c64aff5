import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { csvOfEvents } from '../properties/ingest/csv-parameters.js';
import type { IngestAnswerDto } from '../properties/ingest/ingest-answer.dto.js';
import type { EventsQuery } from '../properties/ingest/ingest-query.dto.js';
import { Ingestion, type BatchVerdict, type ItemKind, type Sender } from '../properties/ingest/ingestion.service.js';
import { NO_DATA_CHANGES } from '../properties/ledger/data-changes.js';
import { EventBatch } from '../stores/clickhouse/event-batch.js';
import { EventStore, NO_CONFLICTS } from '../stores/clickhouse/event-store.js';

/** Takes events in, whatever form they come in. */
@Injectable()
export class EventsService {
  private readonly kind: ItemKind<EventsQuery, EventBatch> = {
    kind: 'events',
    csv: csvOfEvents,
    dateZone: () => null,
    newBatch: (form) => new EventBatch(form),
    insert: (property, seq, rows) => this.events.insert(property, seq, rows),
    verdict: (property, seq, rows, knownDays) => this.verdict(property, seq, rows, knownDays),
  };

  constructor(
    private readonly ingestion: Ingestion,
    private readonly events: EventStore,
  ) {}

  /** Throws a Failure where the body cannot be read to its end; batches stored before stay. */
  ingest(sender: Sender, request: FastifyRequest, query: EventsQuery): Promise<IngestAnswerDto> {
    return this.ingestion.ingest(this.kind, sender, request, query);
  }

  private async verdict(
    property: number,
    seq: number,
    rows: EventBatch,
    knownDays: readonly number[],
  ): Promise<BatchVerdict> {
    const { accepted, eventDays, newUsers } = await this.events.verdict(property, seq, rows, knownDays);
    const conflicts = accepted < rows.count ? await this.events.conflicts(property, seq, rows) : NO_CONFLICTS;
    const tally = accepted === rows.count ? rows.tally() : accepted > 0 ? await this.events.tally(property, seq) : null;
    return { accepted, conflicts, tally, touches: { ...NO_DATA_CHANGES, eventDays, newUsers } };
  }
}
