import { Engine } from '../../../src/stores/clickhouse/engine.js';
import { event, ndjson, startIngestApp, startStores, type IngestApp, type Stores } from './ingest-app.js';

let stores: Stores;
let app: IngestApp;
beforeAll(async () => {
  stores = await startStores();
  app = await startIngestApp(stores);
});
afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

/** So many rows that the batch is judged as a large one. */
const MANY = 3000;
const many = (from: number, fields: (i: number) => object = () => ({})) =>
  Array.from({ length: MANY }, (_, i) => event(`u${(from + i) % 700}`, { id: `i${from + i}`, ...fields(from + i) }));

async function count(property: number): Promise<number> {
  const [row] = await app.rows<{ n: number }>(
    'SELECT count() AS n FROM events FINAL WHERE property = {property:UInt32}',
    { property },
  );
  return row?.n ?? -1;
}

describe('the identity of events', () => {
  it('is user, name, time and id; the first wins, whatever its properties', async () => {
    const { slug, number } = await app.property();
    const first = event('u', { id: 'i', properties: { n: 1 } });
    expect((await app.post(`${slug}/events`, [first, { ...first, properties: { n: 2 } }])).body).toMatchObject({
      accepted: 1,
      duplicates: 1,
    });
    expect((await app.post(`${slug}/events`, [{ ...first, properties: { n: 3 } }])).body).toMatchObject({
      accepted: 0,
      duplicates: 1,
    });
    const others = [
      { ...first, user: 'v' },
      { ...first, event: 'f' },
      { ...first, time: '2024-01-01T00:00:00.001Z' },
      { ...first, id: 'j' },
    ];
    expect((await app.post(`${slug}/events`, others)).body).toMatchObject({ accepted: 4, duplicates: 0 });
    const stored = () =>
      app.rows<{ n: number }>(
        `SELECT number['n'] AS n FROM events FINAL WHERE property = {number:UInt32} AND client_id = 'i' AND user_id = 'u' AND name = 'e' ORDER BY time LIMIT 1`,
        { number },
      );
    expect(await stored()).toEqual([{ n: 1 }]);
    await app.get(Engine).execute({ sql: 'OPTIMIZE TABLE events FINAL', params: {} });
    expect(await stored()).toEqual([{ n: 1 }]);
    expect(await count(number)).toBe(5);
  });

  it('is made of the properties where there is no id, in whatever order and spelling', async () => {
    const { slug, number } = await app.property();
    const text = (properties: string) =>
      `{"user":"u","event":"e","time":"2024-01-01T00:00:00Z","properties":${properties}}\n`;
    const same = [
      '{"a":1,"b":"x","c":true}',
      '{"c":true,"b":"\\u0078","a":1.0}',
      '{"b":"x","a":10e-1,"c":true,"d":null}',
    ];
    const others = [
      '{"a":1,"b":"x","c":false}',
      '{"a":"1","b":"x","c":true}',
      '{"a":1,"b":"x"}',
      '{}',
      '{"b":1,"a":"x","c":true}',
    ];
    expect((await app.post(`${slug}/events`, [...same, ...others].map(text).join(''))).body).toMatchObject({
      accepted: 6,
      duplicates: 2,
    });
    expect((await app.post(`${slug}/events`, [...others, ...same].map(text).join(''))).body).toMatchObject({
      accepted: 0,
      duplicates: 8,
    });
    expect((await app.post(`${slug}/events`, [text('null') + text('{}')].join(''))).body).toMatchObject({
      accepted: 0,
      duplicates: 2,
    });
    expect(await count(number)).toBe(6);
  });

  it('tells an empty id that cannot be from an id that could look like content', async () => {
    const { slug } = await app.property();
    const { body } = await app.post(`${slug}/events`, [event('u'), event('u', { id: '0' })]);
    expect(body).toMatchObject({ accepted: 2 });
  });

  it("is the property's own", async () => {
    const [a, b] = [await app.property(), await app.property()];
    for (const { slug } of [a, b])
      expect((await app.post(`${slug}/events`, [event('u', { id: 'i' })])).body).toMatchObject({
        ingest_seq: 1,
        accepted: 1,
      });
    expect([await count(a.number), await count(b.number)]).toEqual([1, 1]);
  });

  it('holds in large batches: within one, against earlier ones, in part and in whole', async () => {
    const { slug, number } = await app.property();
    const post = async (items: object[]) => (await app.post(`${slug}/events`, ndjson(items))).body;
    expect(await post([...many(0), ...many(0)])).toMatchObject({ accepted: MANY, duplicates: MANY });
    expect(await post(many(0))).toMatchObject({ accepted: 0, duplicates: MANY });
    expect(await post(many(MANY - 10))).toMatchObject({ accepted: MANY - 10, duplicates: 10 });
    const nextDay = () => ({ time: '2024-01-02T00:00:00Z' });
    expect(await post(many(0, nextDay))).toMatchObject({ accepted: MANY, duplicates: 0 });
    expect(await post([...many(0, nextDay), event('new')])).toMatchObject({ accepted: 1, duplicates: MANY });
    expect(await count(number)).toBe(3 * MANY - 10 + 1);
  });

  it('holds where user and time repeat but the event does not', async () => {
    const { slug } = await app.property();
    const one = { user: 'u', time: '2024-01-01T00:00:00Z' };
    const alike = Array.from({ length: MANY }, (_, i) => ({ ...one, event: 'e', properties: { i } }));
    const post = async (items: object[]) => (await app.post(`${slug}/events`, ndjson(items))).body;
    expect(await post(alike)).toMatchObject({ accepted: MANY, duplicates: 0 });
    expect(await post(alike)).toMatchObject({ accepted: 0, duplicates: MANY });
    expect(await post(alike.map((item) => ({ ...item, event: 'f' })))).toMatchObject({ accepted: MANY, duplicates: 0 });
  });

  it('counts an event once that several senders bring at the same moment', async () => {
    const small = [event('u', { id: 'same' }), event('u', { id: 'also' })];
    const bodies = [small, small, small, small, many(0), many(0), many(1500)];
    // Merges run at moments of their own, and take away what is being counted.
    for (let round = 0; round < 8; round++) {
      const { slug, number } = await app.property();
      const answers = await Promise.all(bodies.map((items) => app.post(`${slug}/events`, ndjson(items))));
      expect(answers.map(({ status }) => status)).toEqual(bodies.map(() => 200));
      const accepted = answers.reduce((sum, { body }) => sum + body.accepted, 0);
      expect(accepted).toBe(2 + MANY + 1500);
      expect(await count(number)).toBe(accepted);
    }
  });
});
