import { DataSource } from 'typeorm';
import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';
import { AnswerCache } from '../../../src/requests/stored-answers.js';
import { IngestLedger } from '../../../src/properties/ledger/ingest-ledger.service.js';
import { NO_DATA_CHANGES } from '../../../src/properties/ledger/data-changes.js';
import { send } from '../../support/ingest.js';
import { ask, countOf } from '../../support/requests.js';
import { dayOf, defaultProperty } from '../../support/seed-events.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

// Answers that one process knows, while another process changes what they depend on.

describe('answers that a process keeps', () => {
  let stores: TestStores;
  let here: TestApp;
  let there: TestApp;

  beforeAll(async () => {
    stores = await startTestStores();
    here = await startTestApp(stores);
    there = await startTestApp(stores);
    await send(here, 'events', { user: 'a', event: 'visit', time: '2020-05-01T00:00:00Z' });
    await send(here, 'events', { user: 'b', event: 'visit', time: '2020-05-02T00:00:00Z' });
  });

  afterAll(async () => {
    await Promise.all([here?.stop(), there?.stop()]);
    await stores?.stop();
  });

  /** Asked until it is known here without a look into the database; the next answer is then the very same object. */
  const known = async (body: object): Promise<AnswerDto> => {
    await ask(here, body, '?wait=20');
    await ask(here, body, '?wait=20');
    const cache = here.get(AnswerCache);
    const found: (string | undefined)[] = [];
    cache.find = (...question) => {
      const kept = AnswerCache.prototype.find.apply(cache, question);
      found.push(kept?.answer.id);
      return kept;
    };
    const answer = await ask(here, body, '?wait=20');
    Reflect.deleteProperty(cache, 'find');
    expect(found).toEqual([answer.id]);
    return answer;
  };
  const summed = (name: string): object => countOf(name, { aggregators: ['sum'] });
  const sumOf = ({ aggregates }: AnswerDto): unknown => aggregates?.['count']?.['sum'];

  it('are given again as they are', async () => {
    const answer = await known(summed('same'));
    expect(answer).toMatchObject({ cached: true, stale: false, aggregates: { count: { sum: 2 } } });
  });

  it('are not given any more when another process has taken events in', async () => {
    const body = summed('events');
    expect(sumOf(await known(body))).toBe(2);
    await send(there, 'events', { user: 'c', event: 'events', time: '2020-05-03T00:00:00Z' });
    expect(sumOf(await ask(here, body, '?wait=20'))).toBe(3);
  });

  it('hold while a batch is open, and no longer when it has moved what they read', async () => {
    const body = countOf('open');
    const { id } = await defaultProperty(here);
    const ledger = there.get(IngestLedger);
    const seq = await ledger.open(id, 'events');
    const answer = await known(body);
    await ledger.close(id, seq, { ...NO_DATA_CHANGES, eventDays: [dayOf('2020-05-03')] });
    const anew = await ask(here, body, '?wait=20');
    expect(anew.id).not.toBe(answer.id);
    expect(anew.data_version).toBe(seq);
  });

  it('are not given any more when a batch that was given up is closed late', async () => {
    const body = countOf('late');
    const { id } = await defaultProperty(here);
    const ledger = there.get(IngestLedger);
    const answer = await known(body);
    const seq = await ledger.open(id, 'events');
    await ledger.close(id, seq, NO_DATA_CHANGES);
    expect((await known(body)).id).toBe(answer.id);
    expect(await ledger.close(id, seq, { ...NO_DATA_CHANGES, eventDays: [dayOf('2020-05-03')] })).toMatchObject({
      wasOpen: false,
    });
    expect((await ask(here, body, '?wait=20')).id).not.toBe(answer.id);
  });

  it('are not given any more when the cohort of that name has another version', async () => {
    await there.call('POST', '/cohorts', { name: 'mine', static: { users: ['a'] } });
    const body = { ...summed('cohort'), cohort: 'mine' };
    expect(sumOf(await known(body))).toBe(1);
    await there.call('PUT', '/cohorts/mine', { name: 'mine', static: { users: ['a', 'b'] } });
    const anew = await ask(here, body, '?wait=20');
    expect([sumOf(anew), anew.cohort.version]).toEqual([2, 2]);
    await there.call('DELETE', '/cohorts/mine?force=true');
    expect((await here.call('POST', '/requests', body)).status).toBe(422);
  });

  it('are not given any more when the named metric has another version', async () => {
    const metric = { name: 'visits', metric: 'event_count', fixed: { event: 'visit' } };
    expect((await there.call('POST', '/metrics', metric)).status).toBe(201);
    const body = { ...summed('visits'), metric: 'visits', params: {} };
    expect(sumOf(await known(body))).toBe(2);
    const changed = await there.call('PUT', '/metrics/visits', { ...metric, fixed: { event: 'events' } });
    expect(changed.status).toBe(200);
    expect(sumOf(await ask(here, body, '?wait=20'))).toBe(1);
  });

  it('make room for a newer result', async () => {
    const body = countOf('newer');
    await known(body);
    const newer = await ask(there, { ...body, cache: 'refresh' }, '?wait=20');
    expect((await ask(here, body, '?wait=20')).id).toBe(newer.id);
  });

  it('are not for a key that is no more', async () => {
    const body = countOf('key');
    await known(body);
    await there.get(DataSource).query('ALTER TABLE api_keys RENAME TO api_keys_away');
    await there.get(DataSource).query('CREATE TABLE api_keys (LIKE api_keys_away INCLUDING ALL)');
    try {
      expect((await here.call('POST', '/requests', body)).status).toBe(401);
    } finally {
      await there.get(DataSource).query('DROP TABLE api_keys');
      await there.get(DataSource).query('ALTER TABLE api_keys_away RENAME TO api_keys');
    }
  });

  it('end with their time', async () => {
    const body = { ...countOf('time'), window: { kind: 'since_birth', length: 'PT1S' }, cohort: { users: ['x'] } };
    await send(here, 'users', { user: 'x', registered_at: new Date().toISOString() });
    const early = await ask(here, body, '?wait=20');
    const validUntilMs = Date.parse(early.valid_until ?? '');
    expect(validUntilMs).toBeGreaterThan(0);
    await new Promise((resolve) => setTimeout(resolve, validUntilMs - Date.now() + 20));
    expect((await ask(here, body, '?wait=20')).id).not.toBe(early.id);
  });
});
