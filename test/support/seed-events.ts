import { DataSource } from 'typeorm';
import { IngestLedger } from '../../src/properties/ledger/ingest-ledger.service.js';
import type { DataChanges } from '../../src/properties/ledger/data-changes.js';
import { PropertyEntity } from '../../src/properties/property.entity.js';
import { Engine } from '../../src/stores/clickhouse/engine.js';
import type { TestApp } from './test-app.js';

const DAY_MS = 86_400_000;

export interface Seed {
  readonly events: number;
  readonly users: number;
  /** First of the UTC days over which the events are spread. */
  readonly from: string;
  readonly days: number;
}

export async function defaultProperty(app: TestApp): Promise<PropertyEntity> {
  return await app.get(DataSource).manager.findOneByOrFail(PropertyEntity, { slug: 'default' });
}

/**
 * One batch of generated events (`visit`, with a number `weight`), written past the HTTP interface: millions in a
 * second. Users are `u0`, `u1`, ...
 */
export async function seedEvents(app: TestApp, { events, users, from, days }: Seed): Promise<number> {
  const ledger = app.get(IngestLedger);
  const property = await defaultProperty(app);
  const seq = await ledger.open(property.id, 'events');
  await app.get(Engine).execute({
    sql: `INSERT INTO events (property, user_id, time, name, client_id, content_hash, number, seq, position)
      SELECT {property:UInt32}, concat('u', toString(number % {users:UInt32})),
        fromUnixTimestamp64Milli(toInt64({from:Int64} + (number * 7919000) % {span:Int64}), 'UTC'), 'visit',
        toString(number), 0, map('weight', toFloat64(number % 100)), {seq:UInt64}, toUInt32(number)
      FROM numbers({events:UInt64})`,
    params: { property: property.number, users, from: Date.parse(from), span: days * DAY_MS, seq, events },
  });
  const eventDays = Array.from({ length: days }, (_, i) => dayOf(from) + i);
  await ledger.close(property.id, seq, {
    eventDays,
    registrationDays: [],
    registrationNone: false,
    newUsers: true,
    traits: false,
  });
  return seq;
}

/** A batch that brings no rows, only the knowledge that something moved. */
export async function touch(app: TestApp, touches: Partial<DataChanges>): Promise<void> {
  const ledger = app.get(IngestLedger);
  const { id } = await defaultProperty(app);
  const nothing = { eventDays: [], registrationDays: [], registrationNone: false, newUsers: false, traits: false };
  await ledger.close(id, await ledger.open(id, 'events'), { ...nothing, ...touches });
}

/** Days since 1970-01-01 of a UTC date. */
export function dayOf(date: string): number {
  return Date.parse(date) / DAY_MS;
}
