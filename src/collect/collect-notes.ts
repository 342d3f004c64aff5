import { createHash } from 'node:crypto';
import { Injectable, type OnModuleInit } from '@nestjs/common';
import { DataSource } from 'typeorm';
import { Housekeeping } from '../stores/postgres/housekeeping.js';
import type { CollectNoteEntity } from './collect-note.entity.js';

type NoteKind = CollectNoteEntity['kind'];

/** Something to remember, under a name, which is kept as a hash alone. */
export interface Note<T extends object> {
  readonly name: string;
  readonly value: T;
}

/** With the hash of its name. */
type Keyed<N> = N & { readonly key: Buffer };

interface NoteRow<T> {
  readonly key: string;
  readonly value: T;
}

const KEY_BYTES = 16;

const FIND = `
  SELECT encode(key, 'hex') AS key, value FROM collect_notes
  WHERE property_id = $1 AND kind = $2 AND key = ANY ($3::bytea[]) AND (ends_at IS NULL OR ends_at > now())`;

/**
 * Of several under one key the first, in the order of the keys, so that those who note the same wait for each other, and
 * never in a circle.
 */
const SENT = `
  SELECT DISTINCT ON (key) $1, $2, key, value, $5::timestamptz
  FROM unnest($3::bytea[], $4::jsonb[]) WITH ORDINALITY AS sent (key, value, place) ORDER BY key, place`;

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

/** Not what somebody has noted meanwhile. */
const FORGET = `
  DELETE FROM collect_notes AS note USING unnest($3::bytea[], $4::jsonb[]) AS old (key, value)
  WHERE note.property_id = $1 AND note.kind = $2 AND note.key = old.key AND note.value = old.value`;

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

  /** What is noted, by name. */
  async find<T extends object>(
    propertyId: string,
    kind: NoteKind,
    names: readonly string[],
  ): Promise<ReadonlyMap<string, T>> {
    if (names.length === 0) return new Map();
    const asked = keyed(names.map((name) => ({ name })));
    return byName<T>(asked, await this.database.query(FIND, [propertyId, kind, asked.map(({ key }) => key)]));
  }

  /** Notes these in place of what was noted under their names. */
  async put(propertyId: string, kind: NoteKind, notes: readonly Note<object>[], endsAt: Date | null): Promise<void> {
    if (notes.length > 0) await this.database.query(PUT, parameters(propertyId, kind, keyed(notes), endsAt));
  }

  /** The same of sessions, but for those whose last event is not later than that of what was noted. */
  async putLater(propertyId: string, notes: readonly Note<{ readonly lastMs: number }>[], endsAt: Date): Promise<void> {
    if (notes.length > 0) await this.database.query(PUT_LATER, parameters(propertyId, 'session', keyed(notes), endsAt));
  }

  /** What was noted first under each of the names: the first of these notes, or earlier ones. By name. */
  async first<T extends object>(
    propertyId: string,
    kind: NoteKind,
    notes: readonly Note<T>[],
    endsAt: Date | null,
  ): Promise<ReadonlyMap<string, T>> {
    if (notes.length === 0) return new Map();
    const noting = keyed(notes);
    return byName<T>(noting, await this.database.query(FIRST, parameters(propertyId, kind, noting, endsAt)));
  }

  /** Removes these notes, where they still say so. */
  async forget(propertyId: string, kind: NoteKind, notes: readonly Note<object>[]): Promise<void> {
    if (notes.length === 0) return;
    const [, , keys, values] = parameters(propertyId, kind, keyed(notes), null);
    await this.database.query(FORGET, [propertyId, kind, keys, values]);
  }

  private async removeEnded(): Promise<number> {
    const [, removed]: [unknown, number] = await this.database.query(REMOVE);
    return removed;
  }
}

function keyed<N extends { readonly name: string }>(named: readonly N[]): readonly Keyed<N>[] {
  return named.map((one) => {
    const hash = createHash('sha256').update(one.name).digest();
    return { ...one, key: hash.subarray(0, KEY_BYTES) };
  });
}

/** The values of rows by the names of their keys. */
function byName<T>(
  asked: readonly Keyed<{ readonly name: string }>[],
  rows: readonly NoteRow<T>[],
): ReadonlyMap<string, T> {
  const values = new Map(rows.map(({ key, value }) => [key, value]));
  return new Map(
    asked.flatMap(({ name, key }): (readonly [string, T])[] => {
      const value = values.get(key.toString('hex'));
      return value === undefined ? [] : [[name, value]];
    }),
  );
}

function parameters(
  propertyId: string,
  kind: NoteKind,
  notes: readonly Keyed<Note<object>>[],
  endsAt: Date | null,
): unknown[] {
  return [propertyId, kind, notes.map(({ key }) => key), notes.map(({ value }) => JSON.stringify(value)), endsAt];
}
