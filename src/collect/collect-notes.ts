import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Housekeeping } from '../stores/postgres/housekeeping.js';
import type { CollectNoteEntity } from './collect-note.entity.js';

type NoteKind = CollectNoteEntity['kind'];

/** Something to remember, under a key. */
export interface Note<T extends object> {
  readonly key: Buffer;
  readonly value: T;
}

const FIND = `
  SELECT encode(key, 'hex') AS key, value FROM collect_notes
  WHERE property_id = $1 AND kind = $2 AND key = ANY ($3::bytea[]) AND (ends_at IS NULL OR ends_at > now())`;

/** In the order of the keys, so that those who note the same wait for each other, and never in a circle. */
const SENT = `
  SELECT $1, $2, key, value, $5::timestamptz FROM unnest($3::bytea[], $4::jsonb[]) AS sent (key, value) ORDER BY key`;

const PUT = `
  INSERT INTO collect_notes AS note (property_id, kind, key, value, ends_at) ${SENT}
  ON CONFLICT (property_id, kind, key) DO UPDATE SET value = excluded.value, ends_at = excluded.ends_at`;

/** Another process may have noted a later session meanwhile. */
const PUT_LATER = `${PUT}
  WHERE note.ends_at <= now() OR (note.value->>'lastMs')::float8 < (excluded.value->>'lastMs')::float8`;

/** The update changes nothing but what has ended: it makes what is there be returned. */
const FIRST = `
  INSERT INTO collect_notes AS note (property_id, kind, key, value, ends_at) ${SENT}
  ON CONFLICT (property_id, kind, key) DO UPDATE SET
    value = CASE WHEN note.ends_at <= now() THEN excluded.value ELSE note.value END,
    ends_at = CASE WHEN note.ends_at <= now() THEN excluded.ends_at ELSE note.ends_at END
  RETURNING encode(key, 'hex') AS key, value`;

const REMOVE = `
  DELETE FROM collect_notes WHERE ctid IN (SELECT ctid FROM collect_notes WHERE ends_at <= now() LIMIT 5000)`;

/** What is remembered of what came before, for all processes. */
@Injectable()
export class CollectNotes implements OnModuleInit {
  constructor(
    private readonly database: DataSource,
    private readonly housekeeping: Housekeeping,
  ) {}

  onModuleInit(): void {
    this.housekeeping.add({ kind: 'collect_notes', step: () => this.removeEnded() });
  }

  /** What is noted, by the key in hex. */
  async find<T extends object>(
    propertyId: string,
    kind: NoteKind,
    keys: readonly Buffer[],
  ): Promise<ReadonlyMap<string, T>> {
    if (keys.length === 0) return new Map();
    return byKey<T>(await this.database.query(FIND, [propertyId, kind, keys]));
  }

  /** Notes these in place of what was noted under their keys, which are distinct. */
  async put(propertyId: string, kind: NoteKind, notes: readonly Note<object>[], endsAt: Date | null): Promise<void> {
    if (notes.length > 0) await this.database.query(PUT, parameters(propertyId, kind, notes, endsAt));
  }

  /** The same of sessions, but for those whose last event is not later than that of what was noted. */
  async putLater(propertyId: string, notes: readonly Note<{ readonly lastMs: number }>[], endsAt: Date): Promise<void> {
    if (notes.length > 0) await this.database.query(PUT_LATER, parameters(propertyId, 'session', notes, endsAt));
  }

  /** What was noted first under each of the keys, which are distinct: these notes, or earlier ones. By the key in hex. */
  async first<T extends object>(
    propertyId: string,
    kind: NoteKind,
    notes: readonly Note<T>[],
    endsAt: Date | null,
  ): Promise<ReadonlyMap<string, T>> {
    if (notes.length === 0) return new Map();
    return byKey<T>(await this.database.query(FIRST, parameters(propertyId, kind, notes, endsAt)));
  }

  private async removeEnded(): Promise<number> {
    const [, removed]: [unknown, number] = await this.database.query(REMOVE);
    return removed;
  }
}

function byKey<T>(rows: readonly { readonly key: string; readonly value: T }[]): ReadonlyMap<string, T> {
  return new Map(rows.map(({ key, value }) => [key, value]));
}

function parameters(
  propertyId: string,
  kind: NoteKind,
  notes: readonly Note<object>[],
  endsAt: Date | null,
): unknown[] {
  return [propertyId, kind, notes.map(({ key }) => key), notes.map(({ value }) => JSON.stringify(value)), endsAt];
}
