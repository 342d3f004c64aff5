import { whileFrozen } from '../../support/frozen-engine.js';
import { send } from '../../support/ingest.js';
import { answerOf, ask, countOf, ended, errorOf } from '../../support/requests.js';
import { allRuns } from '../../support/runs.js';
import { defaultProperty, dayOf, touch } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { IngestLedger } from '../../../src/properties/ledger/ingest-ledger.service.js';
import { NO_DATA_CHANGES } from '../../../src/properties/ledger/data-changes.js';

describe('cache policies', () => {
  let stores: TestStores;
  let app: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    app = await startTestApp(stores);
    await send(app, 'events', { user: 'a', event: 'visit', time: '2020-05-01T00:00:00Z' });
  });

  afterAll(async () => {
    await app?.stop();
    await stores?.stop();
  });

  const post = (name: string, more: object) => app.call('POST', '/requests', countOf(name, more));
  const moveEvents = () => touch(app, { eventDays: [dayOf('2020-05-03')] });

  it('`only` takes what is stored, tells whether it is stale, and never runs', async () => {
    const missing = await post('only', { cache: 'only' });
    expect(missing.status).toBe(404);
    expect(errorOf(missing)).toMatchObject({ code: 'result_not_cached', hash: expect.any(String) });
    expect(await allRuns(app)).toEqual([]);

    const { id } = await ask(app, countOf('only'), '?wait=20');
    expect((await post('only', { cache: 'only' })).json()).toMatchObject({ id, cached: true, stale: false, moved: [] });
    await moveEvents();
    const stale = await post('only', { cache: 'only' });
    expect(stale.status).toBe(200);
    expect(stale.json()).toMatchObject({ id, cached: true, stale: true, moved: ['events'], refresh: null });
    expect(await allRuns(app)).toHaveLength(1);
  });

  it('`stale_ok` takes what is stored, and names the request that computes it anew', async () => {
    const first = await post('lazy', { cache: 'stale_ok' });
    expect(first.status).toBe(202);
    const { id } = await ended(app, first.json<{ id: string }>().id);
    expect((await post('lazy', { cache: 'stale_ok' })).json()).toMatchObject({ id, cached: true, refresh: null });

    await touch(app, { eventDays: [dayOf('2020-05-03')], newUsers: true });
    const refreshes = await whileFrozen(stores.engine, async () => {
      const reported = await Promise.all([1, 2].map(() => post('lazy', { cache: 'stale_ok' })));
      return reported.map((response) => {
        expect(response.status).toBe(200);
        expect(response.json()).toMatchObject({ id, status: 'succeeded', stale: true, moved: ['events', 'users'] });
        return response.json<{ refresh: { id: string; href: string } }>().refresh;
      });
    });
    const anew = await Promise.all(refreshes.map((refresh) => ended(app, refresh.id)));
    expect(anew).toEqual([1, 2].map(() => expect.objectContaining({ status: 'succeeded', stale: false })));
    expect(refreshes[0]?.href).toMatch(new RegExp(`/requests/${refreshes[0]?.id}$`));
    const next = (await post('lazy', { cache: 'stale_ok' })).json<{ id: string }>();
    expect(next).toMatchObject({ stale: false, refresh: null });
    expect(refreshes.map((refresh) => refresh.id)).toContain(next.id);
  });

  it.each<[string, object, object, string[]]>([
    ['registrations', { registrationDays: [dayOf('2020-05-03')] }, {}, ['registrations']],
    ['registrations of nobody', { registrationNone: true }, {}, ['registrations']],
    ['events and users', { eventDays: [dayOf('2020-05-03')], newUsers: true }, {}, ['events', 'users']],
    ['what is not read', { eventDays: [dayOf('2022-05-03')], traits: true }, { cohort: { user: 'a' } }, []],
  ])('tell that %s have moved', async (what, touches, more, moved) => {
    const window = { kind: 'fixed', from: '2020-01-01', to: '2021-01-01', births: { from: '2020-01-01' } };
    const body = countOf(`told-${what}`, { window, ...more });
    const { id } = await ask(app, body, '?wait=20');
    await touch(app, touches);
    expect(await answerOf(app, id)).toMatchObject({ stale: moved.length > 0, moved });
  });

  it('`min_seq` waits for what was sent, and refuses what never was', async () => {
    const ledger = app.get(IngestLedger);
    const { id } = await defaultProperty(app);
    const open = await ledger.open(id, 'events');
    const early = await ask(app, countOf('sequence'), '?wait=20');
    expect(early.data_version).toBe(open - 1);
    const waiting = ask(app, countOf('sequence', { min_seq: open }), '?wait=20');
    const first = await Promise.race([waiting, new Promise((resolve) => setTimeout(resolve, 300, 'waits'))]);
    expect(first).toBe('waits');
    await ledger.close(id, open, { ...NO_DATA_CHANGES, eventDays: [dayOf('2020-06-01')] });
    expect(await waiting).toMatchObject({ status: 'succeeded', data_version: open, cached: false });

    const never = await post('sequence', { min_seq: open + 1 });
    expect(never.status).toBe(422);
    expect(errorOf(never)).toMatchObject({ code: 'invalid_field', errors: [{ pointer: '/min_seq' }] });
    expect((await post('sequence', { min_seq: 0 })).json()).toMatchObject({ cached: true });
  });

  it('tell that the time of an answer is over', async () => {
    const registered_at = new Date(Date.now() - 3_600_000).toISOString();
    await send(app, 'users', { user: 'soon', registered_at });
    const endsInMs = Date.parse(registered_at) - Date.now() + 3_600_000 + 1500;
    const window = { kind: 'since_birth', length: `PT${(3_600_000 + endsInMs) / 1000}S` };
    const body = countOf('soon', { cohort: { user: 'soon' }, window });
    const { id } = await ask(app, body, '?wait=20');
    expect(await answerOf(app, id)).toMatchObject({ stale: false, moved: [] });
    await new Promise((resolve) => setTimeout(resolve, endsInMs));
    expect(await answerOf(app, id)).toMatchObject({ stale: true, moved: ['time'] });
  });
});
