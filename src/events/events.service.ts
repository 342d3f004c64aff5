import type { Readable } from 'node:stream';
import { Injectable } from '@nestjs/common';
import { DAY_MS } from '../core/time/utc-day.js';
import { Config } from '../platform/config/config.js';
import { bodyChunks } from '../properties/ingest/body-chunks.js';
import type { IngestAnswerDto } from '../properties/ingest/ingest-answer.dto.js';
import { Ingestion, type BatchStore } from '../properties/ingest/ingestion.service.js';
import { ItemCollector } from '../properties/ingest/item-collector.js';
import { takeJsonItems } from '../properties/ingest/json-items.js';
import { ndjsonBatches } from '../properties/ingest/ndjson-lines.js';
import { refuseAnyRejected } from '../properties/ingest/strict.js';
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

  /** A JSON array. `isStrict`: all of it or nothing. */
  ingestArray(property: PropertyEntity, body: Buffer, isStrict: boolean): Promise<IngestAnswerDto> {
    const collector = this.collector();
    takeJsonItems(body, collector);
    if (isStrict) refuseAnyRejected(collector);
    return this.ingestion.ingest(property, this.store, collector, [collector.cut()]);
  }

  ingestNdjson(property: PropertyEntity, body: Readable, isGzip: boolean): Promise<IngestAnswerDto> {
    const collector = this.collector();
    return this.ingestion.ingest(property, this.store, collector, ndjsonBatches(this.chunks(body, isGzip), collector));
  }

  ingestCsv(property: PropertyEntity, body: Readable, isGzip: boolean): Promise<IngestAnswerDto> {
    const collector = this.collector();
    return this.ingestion.ingest(property, this.store, collector, csvBatches(this.chunks(body, isGzip), collector));
  }

  private collector(): ItemCollector<EventBatch> {
    const latestMs = Date.now() + DAY_MS;
    return new ItemCollector(() => new EventBatch(latestMs));
  }

  private chunks(body: Readable, isGzip: boolean): AsyncGenerator<Buffer> {
    return bodyChunks(body, { isGzip, limitBytes: this.config.streamBodyLimitBytes });
  }
}
