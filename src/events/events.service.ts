import { Injectable } from '@nestjs/common';
import { Config } from '../platform/config/config.js';
import { BodyStop } from '../platform/http/body-stop.js';
import { askedForm } from '../properties/ingest/asked-form.js';
import { bodyChunks } from '../properties/ingest/body-chunks.js';
import type { IngestBody } from '../properties/ingest/ingest-body.js';
import type { IngestAnswerDto } from '../properties/ingest/ingest-answer.dto.js';
import type { IngestQuery } from '../properties/ingest/ingest-query.dto.js';
import { Ingestion, type BatchStore } from '../properties/ingest/ingestion.service.js';
import { ItemCollector } from '../properties/ingest/item-collector.js';
import { arrayBatches } from '../properties/ingest/json-items.js';
import { ndjsonBatches } from '../properties/ingest/ndjson-lines.js';
import { NO_TOUCHES } from '../properties/ledger/touches.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { EventBatch } from '../stores/clickhouse/event-batch.js';
import { EventStore } from '../stores/clickhouse/event-store.js';
import { csvBatches } from './csv-rows.js';

/** Takes events in, whatever form they come in. */
@Injectable()
export class EventsService {
  private readonly store: BatchStore<EventBatch>;

  constructor(
    private readonly ingestion: Ingestion,
    private readonly config: Config,
    private readonly bodyStop: BodyStop,
    events: EventStore,
  ) {
    this.store = {
      kind: 'events',
      insert: (property, seq, rows) => events.insert(property, seq, rows),
      verdict: async (property, seq, rows, knownDays) => {
        const { accepted, eventDays, newUsers } = await events.verdict(property, seq, rows, knownDays);
        return { accepted, touches: { ...NO_TOUCHES, eventDays, newUsers } };
      },
    };
  }

  /** Throws a Failure where the body cannot be read to its end; batches stored before stay. */
  async ingest(property: PropertyEntity, body: IngestBody, query: IngestQuery): Promise<IngestAnswerDto> {
    const form = askedForm(query, null);
    const collector = new ItemCollector(() => new EventBatch(form));
    return this.ingestion.ingest(property, this.store, collector, this.batches(body, collector));
  }

  private batches(body: IngestBody, collector: ItemCollector<EventBatch>) {
    if (body.form === 'array') return arrayBatches(body.bytes, body.isStrict, collector);
    const { streamBodyLimitBytes: limitBytes } = this.config;
    const chunks = bodyChunks(body.stream, { isGzip: body.isGzip, limitBytes, stop: this.bodyStop.signal });
    return body.form === 'csv' ? csvBatches(chunks, collector) : ndjsonBatches(chunks, collector);
  }
}
