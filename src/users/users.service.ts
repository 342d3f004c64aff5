import { Injectable } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { Failure } from '../core/failure.js';
import { formatInstant } from '../core/time/instant.js';
import { csvOfUsers } from '../properties/ingest/csv-parameters.js';
import type { ItemForm } from '../core/ingest/item-readers.js';
import type { IngestBody } from '../properties/ingest/ingest-body.js';
import type { IngestAnswerDto } from '../properties/ingest/ingest-answer.dto.js';
import type { UsersQuery } from '../properties/ingest/ingest-query.dto.js';
import type { BatchVerdict } from '../properties/ingest/batch-committer.service.js';
import { Ingestion, type ItemKind, type Sender } from '../properties/ingest/ingestion.service.js';
import { NO_DATA_CHANGES } from '../properties/ledger/data-changes.js';
import { IngestLedger } from '../properties/ledger/ingest-ledger.service.js';
import type { PropertyEntity } from '../properties/property.entity.js';
import type { UserStandingRow } from '../sql/ingest/user-standing.js';
import { NO_CONFLICTS } from '../stores/clickhouse/event-store.js';
import { UserBatch } from '../stores/clickhouse/user-batch.js';
import { UserStore } from '../stores/clickhouse/user-store.js';
import type { UserDto } from './user.dto.js';

/** Takes upserts of users in and shows what is known of one. */
@Injectable()
export class UsersService {
  private readonly kind: ItemKind<UsersQuery, UserBatch> = {
    kind: 'users',
    csv: csvOfUsers,
    dateZone: ({ timeZone }) => timeZone,
    newBatch: (form) => new UserBatch(form),
    groups: null,
    insert: async (property, firstSeq, batches) => {
      for (const [place, rows] of batches.entries()) await this.users.insert(property, firstSeq + place, rows);
    },
    verdicts: (property, firstSeq, batches) =>
      Promise.all(batches.map((rows, place) => this.verdict(property, firstSeq + place, rows))),
  };

  constructor(
    private readonly ingestion: Ingestion,
    private readonly ledger: IngestLedger,
    private readonly users: UserStore,
  ) {}

  /** Throws a Failure where the body cannot be read to its end; batches stored before stay. */
  ingest(sender: Sender, request: FastifyRequest, query: UsersQuery): Promise<IngestAnswerDto> {
    return this.ingestion.ingest(this.kind, sender, request, query);
  }

  /** Stores upserts that somebody else has read. Throws as `ingest`. */
  take(sender: Sender, body: IngestBody, form: ItemForm): Promise<IngestAnswerDto> {
    return this.ingestion.take(this.kind, sender, body, form);
  }

  /** What users have by all that is stored, with the number of the batch that set it. */
  standings({ number }: PropertyEntity, users: readonly string[]): Promise<readonly UserStandingRow[]> {
    return this.users.standings(number, users);
  }

  private async verdict(property: number, seq: number, rows: UserBatch): Promise<BatchVerdict> {
    const { accepted, ...touched } = await this.users.verdict(property, seq);
    return { accepted, conflicts: NO_CONFLICTS, tally: rows.tally(), touches: { ...NO_DATA_CHANGES, ...touched } };
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
