import { EventBatch } from '../../../src/stores/clickhouse/event-batch.js';
import { EventStore } from '../../../src/stores/clickhouse/event-store.js';
import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';
import { event } from './ingest-app.js';
import { plainForm } from '../../support/item-form.js';

const DAY = Date.parse('2024-01-01') / 86_400_000;
const MANY = 3000;
const PROPERTY = 7;

let engine: TestEngine;
let store: EventStore;
beforeAll(async () => {
  engine = await startTestEngine();
  store = new EventStore(engine.engine);
});
afterAll(() => engine?.stop());
beforeEach(() => engine.engine.execute({ sql: 'TRUNCATE TABLE events', params: {} }));

function batchOf(items: readonly object[]): EventBatch {
  const batch = new EventBatch(plainForm());
  items.forEach((item, position) => {
    const bytes = Buffer.from(JSON.stringify(item));
    expect(batch.add(bytes, 0, bytes.length, position)).toBe(true);
  });
  return batch;
}

async function store1(seq: number, items: readonly object[], knownDays = [DAY]) {
  const batch = batchOf(items);
  await store.insert(PROPERTY, seq, batch);
  return store.verdict(PROPERTY, seq, batch, knownDays);
}

const many = (prefix = 'u') => Array.from({ length: MANY }, (_, i) => event(`${prefix}${i % 500}`, { id: `i${i}` }));

describe('EventStore.verdict', () => {
  it.each([
    ['small', [event('a'), event('b')]],
    ['large', many()],
  ])('is the same when a merge has already taken the duplicates of a %s batch away', async (_, items) => {
    await store.insert(PROPERTY, 1, batchOf(items));
    const again = batchOf(items);
    await store.insert(PROPERTY, 2, again);
    await engine.engine.execute({ sql: 'OPTIMIZE TABLE events FINAL', params: {} });
    expect(await store.verdict(PROPERTY, 2, again, [DAY])).toEqual({ accepted: 0, eventDays: [], newUsers: false });
    expect(await store.verdict(PROPERTY, 1, again, [])).toMatchObject({ accepted: items.length, eventDays: [DAY] });
  });

  it('gives the days of new events only', async () => {
    await store1(1, [event('a'), { ...event('a'), time: '2024-01-02T00:00:00Z' }]);
    const verdict = await store1(2, [
      event('a'),
      { ...event('a'), time: '2024-01-03T23:59:59.999Z' },
      { ...event('a'), time: '1970-01-01T00:00:00Z' },
    ]);
    expect({ ...verdict, eventDays: verdict.eventDays.toSorted((a, b) => a - b) }).toEqual({
      accepted: 2,
      eventDays: [0, DAY + 2],
      newUsers: true,
    });
  });

  it('sees a user who becomes known, or known from an earlier time, and nobody else', async () => {
    const at = (user: string, time: string, id = '') => ({ user, event: 'e', time, ...(id && { id }) });
    expect((await store1(1, [at('a', '2024-01-02T00:00:00Z')])).newUsers).toBe(true);
    expect((await store1(2, [at('a', '2024-01-03T00:00:00Z')])).newUsers).toBe(false);
    expect((await store1(3, [at('a', '2024-01-02T00:00:00Z', 'x')])).newUsers).toBe(false);
    expect((await store1(4, [at('a', '2024-01-02T00:00:00Z', 'x'), at('a', '2024-01-04T00:00:00Z')])).newUsers).toBe(
      false,
    );
    expect((await store1(5, [at('a', '2024-01-01T00:00:00Z')])).newUsers).toBe(true);
    expect((await store1(6, [at('a', '2024-01-05T00:00:00Z'), at('b', '2024-01-05T00:00:00Z')])).newUsers).toBe(true);
    await engine.engine.insertRows('user_changes', [{ property: PROPERTY, user_id: 'c', seq: 7, position: 0 }]);
    expect((await store1(8, [at('c', '2024-01-05T00:00:00Z')])).newUsers).toBe(false);
    expect((await store1(6, [at('c', '2024-01-04T00:00:00Z')])).newUsers).toBe(true);
  });

  it('never says that nobody is new in a large batch that added something', async () => {
    expect(await store1(1, many(), [])).toMatchObject({ accepted: MANY, newUsers: true });
    expect(await store1(2, many())).toMatchObject({ accepted: 0, newUsers: false });
    expect(await store1(3, [...many(), event('x')])).toMatchObject({ accepted: 1, newUsers: true });
  });

  it('takes one property for another never', async () => {
    const batch = batchOf([event('a')]);
    await store.insert(PROPERTY + 1, 1, batch);
    expect(await store1(2, [event('a')])).toMatchObject({ accepted: 1, newUsers: true });
  });
});
