import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Config } from '../platform/config/config.js';
import { BodyShutdown } from '../platform/http/body-shutdown.js';
import { requestedForm } from '../properties/ingest/requested-form.js';
import { bodyBatches, ingestBody } from '../properties/ingest/ingest-body.js';
import type { IngestAnswerDto } from '../properties/ingest/ingest-answer.dto.js';
import { csvOfEvents } from '../properties/ingest/csv-parameters.js';
import type { EventsQuery } from '../properties/ingest/csv-query.dto.js';
import { RefusedUsers } from '../properties/refused-users/refused-users.service.js';
import { Ingestion, type BatchStore, type Sender } from '../properties/ingest/ingestion.service.js';
import { ItemCollector } from '../properties/ingest/item-collector.js';
import { NO_DATA_CHANGES } from '../properties/ledger/data-changes.js';
import { EventBatch } from '../stores/clickhouse/event-batch.js';
import { EventStore, NO_CONFLICTS } from '../stores/clickhouse/event-store.js';

/** Takes events in, whatever form they come in. */
@Injectable()
export class EventsService {
  private readonly store: BatchStore<EventBatch>;

  constructor(
    private readonly ingestion: Ingestion,
    private readonly config: Config,
    private readonly bodyStop: BodyShutdown,
    private readonly refused: RefusedUsers,
    events: EventStore,
  ) {
    this.store = {
      kind: 'events',
      insert: (property, seq, rows) => events.insert(property, seq, rows),
      verdict: async (property, seq, rows, knownDays) => {
        const { accepted, eventDays, newUsers } = await events.verdict(property, seq, rows, knownDays);
        const conflicts = accepted < rows.count ? await events.conflicts(property, seq, rows) : NO_CONFLICTS;
        const tally = accepted === rows.count ? rows.tally() : accepted > 0 ? await events.tally(property, seq) : null;
        return { accepted, conflicts, tally, touches: { ...NO_DATA_CHANGES, eventDays, newUsers } };
      },
    };
  }

  /** Throws a Failure where the body cannot be read to its end; batches stored before stay. */
  async ingest(sender: Sender, request: FastifyRequest, query: EventsQuery): Promise<IngestAnswerDto> {
    const form = requestedForm(query, null, await this.refused.of(sender.property.id));
    const bounds = { limitBytes: this.config.streamBodyLimitBytes, stop: this.bodyStop.signal };
    const body = ingestBody(request, query, csvOfEvents(query), bounds);
    const collector = new ItemCollector(() => new EventBatch(form), form.notes);
    return this.ingestion.ingest(sender, this.store, collector, bodyBatches(body, collector));
  }
}
