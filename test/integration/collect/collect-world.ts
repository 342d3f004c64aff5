import { DataSource } from 'typeorm';
import { callHttp, type TestResponse } from '../../support/call-http.js';
import { IngestLedger } from '../../../src/properties/ledger/ingest-ledger.service.js';
import { Engine } from '../../../src/stores/clickhouse/engine.js';
import { insertKey } from '../../support/keys.js';
import type { TestApp } from '../../support/test-app.js';
import { makeProperty, type TestProperty } from '../usage/usage-app.js';

export const CHROME =
  'Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36';
export const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_0 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.0 Mobile/15E148 Safari/604.1';
export const GOOGLEBOT = 'Mozilla/5.0 (compatible; Googlebot/2.1; +http://www.google.com/bot.html)';
export const ORIGIN = 'https://shop.example.org';

/** A stored event, its properties by name. */
export interface StoredEvent {
  readonly user: string;
  readonly event: string;
  readonly time: string;
  readonly properties: Readonly<Record<string, string | number | boolean>>;
}

export interface CollectAnswer {
  readonly accepted: number;
  readonly duplicates: number;
  readonly rejected: number;
  readonly errors: readonly { readonly code: string; readonly pointer: string; readonly indexes: readonly number[] }[];
  readonly dropped?: Readonly<Record<string, number>>;
}

/** A property with a public key, and what is in it. */
export interface Site extends TestProperty {
  readonly key: string;
  readonly keyId: string;
  /** Sends events with what else the body says. */
  collect(events: readonly object[], more?: object, headers?: Readonly<Record<string, string>>): Promise<TestResponse>;
  /** Must be answered with 202. */
  taken(events: readonly object[], more?: object, headers?: Readonly<Record<string, string>>): Promise<CollectAnswer>;
  configure(settings: object): Promise<void>;
  /** All events, in the order of their times and names. */
  events(): Promise<readonly StoredEvent[]>;
}

export async function makeSite(
  app: TestApp,
  slug: string,
  origins: readonly string[] = [ORIGIN],
  more: object = {},
): Promise<Site> {
  const property = await makeProperty(app, slug, more);
  const database = app.get(DataSource);
  const [{ account_id: accountId, number }]: [{ account_id: string; number: number }] = await database.query(
    'SELECT account_id, number FROM properties WHERE id = $1',
    [property.id],
  );
  const fields = { accountId, kind: 'public' as const, properties: [property.id], origins: [...origins] };
  const { id: keyId, secret: key } = await insertKey(database, fields);
  const collect: Site['collect'] = (events, body = {}, headers = {}) =>
    callHttp(app.url, 'POST', '/v1/collect', {
      headers: { 'content-type': 'text/plain;charset=UTF-8', origin: ORIGIN, 'user-agent': CHROME, ...headers },
      body: JSON.stringify({ key, ...body, events }),
    });
  return {
    ...property,
    key,
    keyId,
    collect,
    taken: async (...sent) => {
      const answer = await collect(...sent);
      if (answer.status !== 202) throw new Error(`${answer.status} ${answer.text}`);
      return answer.json();
    },
    configure: async (settings) => {
      const answer = await property.call('PUT', '/collecting', settings);
      if (answer.status !== 200) throw new Error(answer.text);
    },
    events: () => eventsOf(app, property.id, number),
  };
}

interface Row {
  readonly user_id: string;
  readonly time: string;
  readonly name: string;
  readonly text: Readonly<Record<string, string>>;
  readonly number: Readonly<Record<string, number>>;
  readonly flag: Readonly<Record<string, boolean>>;
}

const ROWS =
  'SELECT user_id, toString(time) AS time, name, text, number, flag FROM events FINAL WHERE property = {number:UInt32} ORDER BY time, name, client_id';

/** As they stand in the store, once all that was taken is there. */
async function eventsOf(app: TestApp, propertyId: string, number: number): Promise<readonly StoredEvent[]> {
  const { rows } = await app
    .get(IngestLedger)
    .readWhole(propertyId, () => app.get(Engine).rows<Row>({ sql: ROWS, params: { number } }));
  return rows.map(({ user_id: user, time, name, text, number: numbers, flag }) => ({
    user,
    event: name,
    time: `${time.replace(' ', 'T')}Z`,
    properties: { ...text, ...numbers, ...flag },
  }));
}

/** An event of now, or so many ms before. */
export function event(name: string, more: object = {}, agoMs = 0): object {
  return {
    event: name,
    time: new Date(Date.now() - agoMs).toISOString(),
    id: crypto.randomUUID(),
    visitor: 'v-1',
    session: 's-1',
    ...more,
  };
}
