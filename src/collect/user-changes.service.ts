import { Injectable } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { judgedChanges, type LastChange, type UserStandings } from '../core/collect/judged-changes.js';
import { OLDEST_MS } from '../core/collect/sent-event.js';
import type { UserChange } from '../core/collect/user-change.js';
import type { ItemForm } from '../core/ingest/item-readers.js';
import { isObject } from '../core/json-shape.js';
import { DAY_MS } from '../core/time/utc-day.js';
import type { Sender } from '../properties/ingest/ingestion.service.js';
import { UsersService } from '../users/users.service.js';
import { CollectNotes } from './collect-notes.js';
import { CollectedBody } from './collected-body.js';

/** Longer than a change can be on its way. */
const KEPT_MS = OLDEST_MS + DAY_MS;

/** Of batches, open or not, those that public keys have sent; one of which nothing is known is somebody else's. */
const OF_PUBLIC_KEYS = `
  SELECT batch.seq::float8 AS seq FROM (
    SELECT seq, api_key_id FROM batches WHERE property_id = $1 AND seq = ANY ($2::bigint[])
    UNION ALL SELECT seq, api_key_id FROM open_batches WHERE property_id = $1 AND seq = ANY ($2::bigint[])
  ) AS batch JOIN api_keys AS key ON key.id = batch.api_key_id AND key.kind = 'public'`;

/** What is collected of users: as much of it as a key does that anybody may have read (decision 44). */
@Injectable()
export class UserChanges {
  constructor(
    private readonly users: UsersService,
    private readonly notes: CollectNotes,
    private readonly database: DataSource,
  ) {}

  /** Throws as POST users. */
  async take(sender: Sender, changes: readonly UserChange[], form: ItemForm, receivedMs: number): Promise<void> {
    const { property } = sender;
    const standings = await this.standings(sender, changes);
    const { upserts, changed } = judgedChanges(changes, standings, receivedMs);
    if (upserts.length === 0) return;
    await this.users.take(sender, new CollectedBody(upserts), form);
    const notes = changed.map(({ user, trait, atMs, mark }) => ({ name: nameOf(user, trait), value: { atMs, mark } }));
    await this.notes.put(property.id, 'trait', notes, new Date(receivedMs + KEPT_MS));
  }

  private async standings({ property }: Sender, changes: readonly UserChange[]): Promise<UserStandings> {
    const users = [...new Set(changes.map(({ user }) => user))];
    const names = new Set(
      changes.flatMap(({ user, traits }) =>
        Object.keys(isObject(traits) ? traits : {}).map((trait) => nameOf(user, trait)),
      ),
    );
    const [rows, last] = await Promise.all([
      this.users.standings(property, users),
      this.notes.find<LastChange>(property.id, 'trait', [...names]),
    ]);
    const isPublic = await this.publicBatches(property.id, new Set(rows.map(({ seq }) => seq)));
    const registered = new Set(rows.filter(({ trait }) => trait === null).map(({ user_id: user }) => user));
    const kept = new Set(
      rows.flatMap(({ user_id: user, trait, seq }) =>
        trait === null || isPublic.has(seq) ? [] : [nameOf(user, trait)],
      ),
    );
    return {
      isRegistered: (user) => registered.has(user),
      isKept: (user, trait) => kept.has(nameOf(user, trait)),
      lastChange: (user, trait) => last.get(nameOf(user, trait)),
    };
  }

  private async publicBatches(propertyId: string, seqs: ReadonlySet<number>): Promise<ReadonlySet<number>> {
    if (seqs.size === 0) return new Set();
    const rows: { readonly seq: number }[] = await this.database.query(OF_PUBLIC_KEYS, [propertyId, [...seqs]]);
    return new Set(rows.map(({ seq }) => seq));
  }
}

function nameOf(user: string, trait: string): string {
  return JSON.stringify([user, trait]);
}
