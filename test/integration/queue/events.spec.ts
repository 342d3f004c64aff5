import { whileFrozen } from '../../support/frozen-engine.js';
import { answerOf, ask, countOf, ended, reaches, slowCountOf } from '../../support/requests.js';
import { seedEvents } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { until } from '../../support/until.js';
import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';

interface ToldEvent {
  readonly id: string;
  readonly event: string;
  readonly data: AnswerDto;
}

function eventsIn(text: string): ToldEvent[] {
  return text.split('\n\n').flatMap((block) => {
    const field = (name: string): string => new RegExp(`^${name}: (.*)$`, 'm').exec(block)?.[1] ?? '';
    return field('id')
      ? [{ id: field('id'), event: field('event'), data: JSON.parse(field('data')) as AnswerDto }]
      : [];
  });
}

/** Two processes on the same stores: `near` takes requests and works, `far` only answers. */
describe('the events of a request', () => {
  let stores: TestStores;
  let near: TestApp;
  let far: TestApp;
  let url: string;

  beforeAll(async () => {
    stores = await startTestStores();
    near = await startTestApp(stores);
    far = await startTestApp(stores, { role: 'api' });
    url = `${far.url}/v1/properties/default/requests`;
    await seedEvents(near, { events: 400_000, users: 1000, from: '2020-01-01', days: 300 });
  });

  afterAll(async () => {
    await far?.stop();
    await near?.stop();
    await stores?.stop();
  });

  const headers = (): Record<string, string> => ({ authorization: `Bearer ${near.adminKey}` });

  it('come in order up to one last, also to who is connected to another process', async () => {
    const { id } = await whileFrozen(stores.engine, () => ask(near, countOf('watched')));
    const response = await far.call('GET', `/requests/${id}/events`);
    expect(response.status).toBe(200);
    expect(response.headers).toMatchObject({
      'content-type': 'text/event-stream; charset=utf-8',
      'cache-control': 'no-store',
      'x-accel-buffering': 'no',
    });
    const events = eventsIn(response.text);
    expect(events.filter(({ event }) => event === 'succeeded')).toHaveLength(1);
    expect(events.at(-1)?.data).toEqual(await answerOf(near, id));
    expect(new Set(events.map((event) => event.id)).size).toBe(events.length);
  });

  it('tell progress, go on behind the last one told, and say when there is no more', async () => {
    const { id } = await ask(near, slowCountOf('progress', 12));
    await reaches(near, id, 'running');
    const cut = new AbortController();
    const first = await fetch(`${url}/${id}/events`, { headers: headers(), signal: cut.signal });
    let text = '';
    const reading = (async () => {
      for await (const chunk of first.body!) text += Buffer.from(chunk).toString();
    })().catch(() => undefined);
    await until(() => eventsIn(text).some(({ data }) => (data.progress?.rows_read ?? 0) > 0), 20_000);
    cut.abort();
    await reading;

    const before = eventsIn(text);
    const { progress } = before.at(-1)!.data;
    expect(progress).toMatchObject({
      queue_position: null,
      rows_to_read: expect.any(Number),
      started_at: expect.any(String),
    });
    expect(progress?.percent).toBeGreaterThan(0);
    expect(progress?.elapsed_ms).toBeGreaterThan(0);
    expect(progress?.estimated_remaining_ms).toBeGreaterThan(0);

    const last = before.at(-1)!.id;
    const rest = await fetch(`${url}/${id}/events`, { headers: { ...headers(), 'last-event-id': last } });
    const after = eventsIn(await rest.text());
    expect(after.map((event) => event.id)).not.toContain(last);
    expect(after.map(({ event }) => event).filter((event) => event !== 'running')).toEqual(['succeeded']);

    const again = await fetch(`${url}/${id}/events`, { headers: { ...headers(), 'last-event-id': after.at(-1)!.id } });
    expect(again.status).toBe(204);
  });

  it('end with `cancelled` for who gave up, while the run goes on for others', async () => {
    const [events, others] = await whileFrozen(stores.engine, async () => {
      const mine = await ask(near, slowCountOf('left', 5));
      const kept = await ask(near, slowCountOf('left', 5));
      const watching = far.call('GET', `/requests/${mine.id}/events`);
      await near.call('DELETE', `/requests/${mine.id}`);
      const reported = eventsIn((await watching).text);
      expect((await answerOf(near, kept.id)).status).not.toBe('cancelled');
      return [reported, kept] as const;
    });
    expect((await ended(near, others.id)).status).toBe('succeeded');
    expect(events.at(-1)).toMatchObject({ event: 'cancelled', data: { status: 'cancelled', progress: null } });
  });

  it('reach two hundred who watch one run', async () => {
    const { id } = await ask(near, slowCountOf('crowd', 8));
    const texts = await Promise.all(
      Array.from({ length: 200 }, async () => (await fetch(`${url}/${id}/events`, { headers: headers() })).text()),
    );
    const ends = texts.map((text) => eventsIn(text).filter(({ event }) => event === 'succeeded').length);
    expect(ends).toEqual(Array(200).fill(1));
  }, 60_000);

  it('are not to be had of what is not there', async () => {
    expect((await far.call('GET', '/requests/req_unknown/events')).status).toBe(404);
  });

  it('have versions: GET answers 304 until something changes', async () => {
    const { id } = await ask(near, countOf('etag'), '?wait=20');
    const first = await far.call('GET', `/requests/${id}`);
    const etag = first.headers['etag'] ?? '';
    expect(first.headers).toMatchObject({
      etag: expect.stringMatching(/^"run_/),
      'cache-control': 'private, no-cache',
    });
    for (const header of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
      const known = await far.call('GET', `/requests/${id}`, undefined, { 'if-none-match': header });
      expect({ status: known.status, text: known.text, etag: known.headers['etag'] }).toEqual({
        status: 304,
        text: '',
        etag,
      });
    }
    await seedEvents(near, { events: 1, users: 1, from: '2020-01-01', days: 1 });
    const moved = await far.call('GET', `/requests/${id}`, undefined, { 'if-none-match': etag });
    expect(moved.status).toBe(200);
    expect(moved.json()).toMatchObject({ stale: true });
  });

  it('are waited for by GET too, at another process', async () => {
    const [waiting, short] = await whileFrozen(stores.engine, async () => {
      const { id } = await ask(near, countOf('long poll'));
      const first = await far.call('GET', `/requests/${id}`);
      const etag = first.headers['etag'] ?? '';
      const startedMs = performance.now();
      const early = await far.call('GET', `/requests/${id}`, undefined, { prefer: 'wait=0', 'if-none-match': etag });
      expect(early.headers).toMatchObject({ 'preference-applied': 'wait=0', vary: 'prefer, accept-encoding' });
      const timedOut = await far.call('GET', `/requests/${id}?wait=0.3`);
      expect(performance.now() - startedMs).toBeGreaterThan(300);
      return [far.call('GET', `/requests/${id}?wait=30`), timedOut] as const;
    });
    expect(short.status).toBe(200);
    expect(short.json<AnswerDto>().status).toMatch(/queued|running/);
    expect(short.headers).toMatchObject({ 'retry-after': '1' });
    const end = await waiting;
    expect(end.json()).toMatchObject({ status: 'succeeded' });
    expect(end.headers['retry-after']).toBeUndefined();
    expect((await far.call('GET', '/requests/req_unknown?wait=5')).status).toBe(404);
    expect((await far.call('GET', `/requests/${end.json<AnswerDto>().id}?wait=61`)).status).toBe(400);
  });

  it('tell a queued request its place', async () => {
    await whileFrozen(stores.engine, async () => {
      const busy = [await ask(near, countOf('busy 1')), await ask(near, countOf('busy 2'))];
      for (const { id } of busy) await reaches(near, id, 'running');
      const queued = [await ask(near, countOf('third')), await ask(near, countOf('fourth'))];
      expect(queued.map(({ progress }) => progress?.queue_position)).toEqual([1, 2]);
      const response = await far.call('GET', `/requests/${queued[1]!.id}`);
      expect(response.headers).toMatchObject({
        'retry-after': '1',
        etag: expect.stringMatching(/^W\/"run_.*queued\.2/),
      });
    });
  });
});
