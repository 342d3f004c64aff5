import type { IngestAnswerDto } from '../../../src/properties/ingest/ingest-answer.dto.js';
import { IngestLedger } from '../../../src/properties/ledger/ingest-ledger.service.js';
import { IngestRecovery } from '../../../src/properties/ledger/ingest-recovery.service.js';
import { event, manyEvents, startIngestApp, startStores, type IngestApp, type Stores } from './ingest-app.js';

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

interface Sent {
  readonly user: string;
  readonly id?: string;
  readonly properties: { readonly n: number };
}

/** A repeatable generator of numbers from 0 to 1 (mulberry32). */
function numbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state + 0x6d2b79f5) | 0;
    let t = Math.imul(state ^ (state >>> 15), 1 | state);
    t = (t + Math.imul(t ^ (t >>> 7), 61 | t)) ^ t;
    return ((t ^ (t >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** Few users, ids and values, so that most posts repeat something of another one. */
function randomPosts(count: number, seed: number): Sent[][] {
  const random = numbers(seed);
  const below = (n: number): number => Math.floor(random() * n);
  return Array.from({ length: count }, () =>
    Array.from({ length: 1 + below(3) }, () => ({
      user: `u${below(8)}`,
      ...(random() < 0.7 && { id: `i${below(12)}` }),
      properties: { n: below(3) },
    })),
  );
}

interface Expected {
  readonly accepted: number;
  readonly duplicates: number;
  readonly conflicting: number;
  readonly conflicting_indexes: readonly number[];
}

/** What each post adds, one after another: the first event of an identity counts. */
function naive(posts: readonly (readonly Sent[])[]): Expected[] {
  const known = new Map<string, number>();
  return posts.map((items) => {
    const conflicting_indexes: number[] = [];
    let accepted = 0;
    for (const [index, { user, id, properties }] of items.entries()) {
      const identity = JSON.stringify([user, id ?? { n: properties.n }]);
      const first = known.get(identity);
      if (first === undefined) {
        known.set(identity, properties.n);
        accepted++;
      } else if (first !== properties.n) conflicting_indexes.push(index);
    }
    const conflicting = conflicting_indexes.length;
    return { accepted, duplicates: items.length - accepted, conflicting, conflicting_indexes };
  });
}

async function count(property: number): Promise<number> {
  const [row] = await app.rows<{ n: number }>(
    'SELECT count() AS n FROM events FINAL WHERE property = {property:UInt32}',
    {
      property,
    },
  );
  return row?.n ?? -1;
}

describe('small posts that come at the same time', () => {
  it.each([1, 2, 3])(
    'have the verdicts of posts that come one after another by their numbers: seed %i',
    async (seed) => {
      const { slug, number } = await app.property();
      const posts = randomPosts(90, seed);
      const answers = await Promise.all(
        posts.map(async (items) => {
          const { status, body } = await app.post(
            `${slug}/events`,
            items.map((item) => event(item.user, item)),
          );
          expect(status).toBe(200);
          return { items, body };
        }),
      );
      const inOrder = answers.toSorted((a, b) => a.body.ingest_seq - b.body.ingest_seq);
      expect(inOrder.map(({ body }) => body.ingest_seq)).toEqual(posts.map((_, at) => at + 1));
      const expected = naive(inOrder.map(({ items }) => items));
      expect(inOrder.map(({ body }) => verdictOf(body))).toEqual(expected);
      expect(expected.reduce((sum, { conflicting }) => sum + conflicting, 0)).toBeGreaterThan(0);
      expect(await count(number)).toBe(expected.reduce((sum, { accepted }) => sum + accepted, 0));
      expect(inOrder.every(({ body }) => body.stream === body.ingest_seq)).toBe(true);
      const { body: listed } = await app.getJson<{ data: { seq: number; accepted: number }[] }>(
        `${slug}/batches?limit=100`,
      );
      expect(
        listed.data.map(({ seq, accepted }) => [seq, accepted]).toSorted((a, b) => (a[0] ?? 0) - (b[0] ?? 0)),
      ).toEqual(expected.map(({ accepted }, at) => [at + 1, accepted]));
    },
  );

  it('are stored in few parts', async () => {
    const { slug, number } = await app.property();
    await Promise.all(Array.from({ length: 60 }, (_, i) => app.post(`${slug}/events`, [event(`u${i}`)])));
    const [row] = await app.rows<{ n: number }>(
      'SELECT uniqExact(_part) AS n FROM events WHERE property = {property:UInt32}',
      { property: number },
    );
    expect(row?.n).toBeLessThan(20);
    expect(await count(number)).toBe(60);
  });

  it('keep their own indexes where lines are blank or rejected', async () => {
    const { slug } = await app.property();
    const line = JSON.stringify(event('u', { id: 'i', properties: { n: 1 } }));
    const other = JSON.stringify(event('u', { id: 'i', properties: { n: 2 } }));
    await app.post(`${slug}/events`, `${line}\n`);
    const answers = await Promise.all(
      Array.from({ length: 10 }, () => app.post(`${slug}/events`, `\n{}\n${other}\n\n${line}\n`)),
    );
    for (const { body } of answers) {
      expect(body).toMatchObject({ accepted: 0, duplicates: 2, rejected: 1, conflicting: 1, conflicting_indexes: [2] });
    }
  });

  it('are ended together where they were stored and cannot be closed', async () => {
    const POSTS = 20;
    const { id, slug } = await app.property();
    const [ledger, recovery] = [app.get(IngestLedger), app.get(IngestRecovery)];
    const { closeGroup } = ledger;
    const { settle } = recovery;
    const settled: number[] = [];
    ledger.closeGroup = () => Promise.reject(new Error('The database is away'));
    recovery.settle = async (batches) => {
      settled.push(batches.length);
      ledger.closeGroup = closeGroup;
      return await settle.call(recovery, batches).finally(() => {
        ledger.closeGroup = () => Promise.reject(new Error('The database is away'));
      });
    };
    const posts = Array.from({ length: POSTS }, (_, i) => manyEvents(`u${i}`));
    try {
      const answers = await Promise.all(posts.map((items) => app.post(`${slug}/events`, items)));
      expect(answers.map(({ status }) => status)).toEqual(posts.map(() => 503));
    } finally {
      ledger.closeGroup = closeGroup;
      recovery.settle = settle;
    }
    expect(settled.length).toBeLessThan(POSTS);
    expect(settled.reduce((sum, count) => sum + count, 0)).toBe(POSTS);
    expect(await ledger.dataVersion(id)).toBe(POSTS);
    const again = posts.flat();
    expect((await app.post(`${slug}/events`, again)).body).toMatchObject({ accepted: 0, duplicates: again.length });
  });

  it('can each be taken back alone', async () => {
    const { slug, number } = await app.property();
    const answers = await Promise.all(
      Array.from({ length: 12 }, (_, i) => app.post(`${slug}/events`, [event(`u${i}`), event('all', { id: 'same' })])),
    );
    const winner = answers.find(({ body }) => body.accepted === 2)?.body;
    expect(answers.filter(({ body }) => body.accepted === 2)).toHaveLength(1);
    expect(await count(number)).toBe(13);
    const { status } = await app.delete(`${slug}/batches/${winner?.ingest_seq}`);
    expect(status).toBeLessThan(300);
    expect(await count(number)).toBe(11);
  });
});

function verdictOf({ accepted, duplicates, conflicting, conflicting_indexes }: IngestAnswerDto): Expected {
  return { accepted, duplicates, conflicting, conflicting_indexes };
}
