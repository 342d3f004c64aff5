import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Failure } from '../core/failure.js';
import { formatInstant } from '../core/time/instant.js';
import { Config } from '../platform/config/config.js';
import { BodyShutdown } from '../platform/http/body-shutdown.js';
import { requestedForm } from '../properties/ingest/requested-form.js';
import type { IngestAnswerDto } from '../properties/ingest/ingest-answer.dto.js';
import { bodyBatches, ingestBody } from '../properties/ingest/ingest-body.js';
import { csvOfUsers } from '../properties/ingest/csv-parameters.js';
import type { UsersQuery } from '../properties/ingest/csv-query.dto.js';
import { RefusedUsers } from '../properties/refused-users/refused-users.service.js';
import { Ingestion, type BatchStore, type Sender } from '../properties/ingest/ingestion.service.js';
import { ItemCollector } from '../properties/ingest/item-collector.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import { NO_DATA_CHANGES } from '../properties/ledger/data-changes.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import { NO_CONFLICTS } from '../stores/clickhouse/event-store.js';
import { UserBatch } from '../stores/clickhouse/user-batch.js';
import { UserStore } from '../stores/clickhouse/user-store.js';
import type { UserDto } from './user.dto.js';

/** Takes upserts of users in and shows what is known of one. */
@Injectable()
export class UsersService {
  private readonly store: BatchStore<UserBatch>;

  constructor(
    private readonly ingestion: Ingestion,
    private readonly ledger: IngestLedger,
    private readonly config: Config,
    private readonly bodyStop: BodyShutdown,
    private readonly refused: RefusedUsers,
    private readonly users: UserStore,
  ) {
    this.store = {
      kind: 'users',
      insert: (property, seq, rows) => users.insert(property, seq, rows),
      verdict: async (property, seq, rows) => {
        const { accepted, ...touched } = await users.verdict(property, seq);
        return { accepted, conflicts: NO_CONFLICTS, tally: rows.tally(), touches: { ...NO_DATA_CHANGES, ...touched } };
      },
    };
  }

  /** Throws a Failure where the body cannot be read to its end; batches stored before stay. */
  async ingest(sender: Sender, request: FastifyRequest, query: UsersQuery): Promise<IngestAnswerDto> {
    const form = requestedForm(query, sender.property.timeZone, await this.refused.of(sender.property.id));
    const bounds = { limitBytes: this.config.streamBodyLimitBytes, stop: this.bodyStop.signal };
    const body = ingestBody(request, query, csvOfUsers(query), bounds);
    const collector = new ItemCollector(() => new UserBatch(form), form.notes);
    return this.ingestion.ingest(sender, this.store, collector, bodyBatches(body, collector));
  }

  /** Throws not_found for a user that is not known. */
  async find(property: PropertyEntity, user: string): Promise<UserDto> {
    const state = await this.ledger.readWhole(property.id, (dataVersion) =>
      this.users.find(property.number, user, dataVersion),
    );
    if (state === null) throw new Failure('not_found', 'No event and no upsert names this user.');
    return {
      user,
      registered_at: instantOrNull(state.registeredAtMs),
      traits: { ...state.traits },
      events: state.events,
      first_event_at: instantOrNull(state.firstEventMs),
      last_event_at: instantOrNull(state.lastEventMs),
    };
  }
}

function instantOrNull(ms: number | null): string | null {
  return ms === null ? null : formatInstant(ms);
}
