import { DataSource } from 'typeorm';
import { NamedMetricStore } from '../../../src/catalogue/named-metric-store.js';
import type { NamedMetricDto } from '../../../src/catalogue/named-metric.dto.js';
import type { ListedPresetDto, PresetDto } from '../../../src/catalogue/preset.dto.js';
import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';
import { send } from '../../support/ingest.js';
import { answerOf, ask, errorOf } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import type { TestResponse } from '../../support/call-http.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

let stores: TestStores;
let app: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  const properties = { bytes: 12, namespace: 0, page_id: 7 };
  await send(app, 'events', { id: '1', user: 'ann', event: 'edit', time: '2020-05-01T00:00:00Z', properties });
  await send(app, 'events', {
    id: '2',
    user: 'ann',
    event: 'edit',
    time: '2020-05-02T00:00:00Z',
    properties: { ...properties, bytes: -5, namespace: 1 },
  });
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

const WINDOW = { kind: 'fixed', from: '2020-01-01', to: '2021-01-01' };
const bytes = (name: string, more: object = {}) => ({
  name,
  title: `Bytes of ${name}`,
  metric: 'value_sum',
  fixed: { event: 'edit', value: 'bytes' },
  defaults: { where: { property: 'namespace', eq: 0 } },
  ...more,
});

const make = async (body: object): Promise<NamedMetricDto> => {
  const made = await app.call('POST', '/metrics', body);
  expect([made.status, made.text]).toEqual([201, expect.any(String)]);
  return made.json();
};
const measure = (metric: string, more: object = {}) =>
  ask(app, { cohort: { all: true }, metric, window: WINDOW, ...more }, '?wait=30');
const codeOf = (response: TestResponse) => {
  const { code, errors } = errorOf(response);
  return [response.status, code, errors?.map(({ pointer, parameter }) => pointer ?? parameter)];
};

describe('a named metric', () => {
  it('is made, shown by name and by id, with the parameters that it leaves open', async () => {
    const response = await app.call('POST', '/metrics', bytes('shown'));
    const made = response.json<NamedMetricDto>();
    expect(response.status).toBe(201);
    expect(response.headers).toMatchObject({ etag: '"1"', location: expect.stringMatching(`/metrics/${made.id}$`) });
    expect(made).toMatchObject({
      id: expect.stringMatching(/^met_/),
      name: 'shown',
      version: 1,
      title: 'Bytes of shown',
      metric: 'value_sum',
      fixed: { event: ['edit'], value: 'bytes' },
      defaults: { where: { property: 'namespace', eq: 0 } },
      window: 'required',
      archived_at: null,
    });
    expect(made.parameters).toMatchObject({
      properties: { where: { default: { property: 'namespace', eq: 0 } } },
      required: [],
      additionalProperties: false,
    });
    expect(Object.keys((made.parameters as { properties: object }).properties)).toEqual(['where']);
    for (const named of ['shown', made.id]) {
      const shown = await app.call('GET', `/metrics/${named}`);
      expect([shown.status, shown.headers.etag, shown.json()]).toEqual([200, '"1"', made]);
    }
  });

  it('requires what it leaves open and the built-in requires, and tells the units of its defaults', async () => {
    const open = await make({ name: 'sum_of', metric: 'value_sum' });
    expect(open.parameters).toMatchObject({ required: ['value'] });
    const rate = await make({ name: 'per_day', metric: 'event_rate', defaults: { unit: 'P1D' } });
    expect(rate.columns.map(({ unit }) => unit)).toEqual(['event', 'event/day', 'day']);
  });

  it('measures what its built-in measures with the parameters spelled out, in one run', async () => {
    const made = await make(bytes('asked'));
    const named = await measure('asked');
    expect(named).toMatchObject({
      status: 'succeeded',
      request: { metric: 'value_sum', params: { value: 'bytes', event: ['edit'] } },
      named_metric: { id: made.id, name: 'asked', version: 1, href: expect.stringMatching(/\/versions\/1$/) },
      aggregates: { net: { mean: 12, n: 1 } },
    });
    const spelled = await measure('value_sum', { params: { ...bytes('').fixed, ...bytes('').defaults } });
    expect(spelled).toMatchObject({ hash: named.hash, cached: true, named_metric: null });
    expect(await measure(made.id)).toMatchObject({ cached: true, named_metric: { name: 'asked' } });
    expect((await answerOf(app, named.id)).named_metric).toEqual(named.named_metric);
    const other = await measure('asked', { params: { where: { property: 'namespace', eq: 1 } } });
    expect(other).toMatchObject({ aggregates: { net: { mean: -5 } } });
    for (const metric of ['asked', made.id]) {
      const list = (await app.call('GET', `/requests?metric=${metric}`)).json<{ data: AnswerDto[] }>();
      expect(list.data.map(({ id }) => id)).toEqual([other.id, named.id]);
    }
  });

  it('refuses another value of a fixed parameter', async () => {
    await make(bytes('strict'));
    const body = { cohort: { all: true }, metric: 'strict', window: WINDOW, params: { event: 'view', value: 'bytes' } };
    expect(codeOf(await app.call('POST', '/requests', body))).toEqual([422, 'invalid_field', ['/params/event']]);
  });

  it('changes by a new version, which requests use from then on; old ones stay', async () => {
    const made = await make(bytes('moving'));
    expect(await measure('moving')).toMatchObject({ aggregates: { net: { mean: 12 } } });
    const change = bytes('moving', { defaults: {} });
    const changed = await app.call('PUT', '/metrics/moving', change, { 'if-match': '"1"' });
    expect([changed.status, changed.headers.etag, changed.json<NamedMetricDto>().version]).toEqual([200, '"2"', 2]);
    expect(await measure('moving')).toMatchObject({ named_metric: { version: 2 }, aggregates: { net: { mean: 7 } } });
    expect((await app.call('PUT', `/metrics/${made.id}`, change)).json()).toEqual(changed.json());
    expect((await app.call('GET', '/metrics/moving/versions/1')).json()).toEqual(made);
    expect((await app.call('GET', '/metrics/moving/versions/2')).json()).toEqual(changed.json());
    for (const version of ['3', '0', 'x', '99999999999']) {
      expect((await app.call('GET', `/metrics/moving/versions/${version}`)).status).toBe(404);
    }
    const late = await app.call('PUT', '/metrics/moving', bytes('moving', { title: 'Mine' }), { 'if-match': '"1"' });
    expect(codeOf(late)).toEqual([412, 'precondition_failed', undefined]);
    expect(codeOf(await app.call('DELETE', '/metrics/moving', undefined, { 'if-match': 'W/"2"' }))).toEqual([
      412,
      'precondition_failed',
      undefined,
    ]);
  });

  it('numbers the versions of changes that come at once', async () => {
    await make(bytes('busy'));
    const titles = ['a', 'b', 'c', 'd'].map((title) => bytes('busy', { title }));
    const changes = await Promise.all(titles.map((body) => app.call('PUT', '/metrics/busy', body)));
    expect(changes.map((each) => each.json<NamedMetricDto>().version).sort()).toEqual([2, 3, 4, 5]);
  });

  it('is archived: no request knows it, its name is free, and it can be read by its id', async () => {
    const made = await make(bytes('gone'));
    expect((await app.call('DELETE', '/metrics/gone', undefined, { 'if-match': '"1"' })).status).toBe(204);
    expect((await app.call('GET', '/metrics/gone')).status).toBe(404);
    expect((await app.call('GET', `/metrics/${made.id}`)).json()).toEqual({ ...made, archived_at: expect.any(String) });
    expect((await app.call('GET', `/metrics/${made.id}/versions/1`)).status).toBe(200);
    expect((await app.call('PUT', `/metrics/${made.id}`, bytes('gone'))).status).toBe(404);
    expect((await app.call('DELETE', `/metrics/${made.id}`)).status).toBe(404);
    const body = { cohort: { all: true }, window: WINDOW };
    for (const metric of ['gone', made.id]) {
      const refused = await app.call('POST', '/requests', { ...body, metric });
      expect(codeOf(refused)).toEqual([422, 'unknown_metric', ['/metric']]);
    }
    expect((await make(bytes('gone'))).id).not.toBe(made.id);
    const archived = (await app.call('GET', '/metrics?archived=true')).json<{ data: NamedMetricDto[] }>();
    expect(archived.data.map(({ id }) => id)).toEqual([made.id]);
  });

  it('is refused under a taken name, as a built-in and where anything else is wrong', async () => {
    await make(bytes('taken'));
    expect(codeOf(await app.call('POST', '/metrics', bytes('taken')))).toEqual([409, 'conflict', ['/name']]);
    expect(codeOf(await app.call('POST', '/metrics', bytes('threshold')))).toEqual([422, 'invalid_field', ['/name']]);
    const wrong = { name: 'wrong', metric: 'value_sum', fixed: { value: 5 }, defaults: { n: 1 } };
    expect(codeOf(await app.call('POST', '/metrics', wrong))).toEqual([
      422,
      'invalid_field',
      ['/fixed/value', '/defaults/n'],
    ]);
    expect(codeOf(await app.call('PUT', '/metrics/taken', { ...wrong, name: 'taken' }))[0]).toBe(422);
  });

  it('goes before a built-in that a later release calls so, and a built-in is asked for without a look', async () => {
    await make(bytes('soon_built_in'));
    await app.get(DataSource).query("UPDATE named_metrics SET name = 'value_sum' WHERE name = 'soon_built_in'");
    const api = await startTestApp(stores, { role: 'api' });
    try {
      const store = api.get(NamedMetricStore);
      const found: unknown[] = [];
      const find = store.find.bind(store);
      store.find = async (...args) => {
        found.push(args[1]);
        return await find(...args);
      };
      const canonical = async (metric: string): Promise<{ request: { params: { event: unknown } } }> =>
        (await api.call('POST', '/requests/canonical', { cohort: { all: true }, metric, window: WINDOW })).json();
      expect((await canonical('value_sum')).request.params.event).toEqual(['edit']);
      expect((await canonical('event_count')).request.params.event).toBeNull();
      expect(found).toEqual([{ name: 'value_sum' }]);
    } finally {
      await api.stop();
      await app.call('DELETE', '/metrics/value_sum');
    }
  });

  it('that there is not is answered with those that there are', async () => {
    await make(bytes('pages_read'));
    const body = { cohort: { all: true }, metric: 'page_read', window: WINDOW };
    const { detail } = errorOf(await app.call('POST', '/requests', body));
    expect(detail).toMatch(/^There is no metric "page_read"\. Did you mean "pages_read"\? Its own are .*`asked`/);
    expect(codeOf(await app.call('GET', '/metrics/nothing'))).toEqual([404, 'not_found', undefined]);
    expect(errorOf(await app.call('GET', '/metrics/threshold')).detail).toContain('/v1/metrics/threshold');
    for (const path of ['', '/versions/1']) expect((await app.call('GET', `/metrics/%00${path}`)).status).toBe(404);
  });
});

describe('the list', () => {
  it('is paged in the order of creation and filtered by text and built-in', async () => {
    const names: string[] = [];
    let cursor: string | null = '';
    while (cursor !== null) {
      const page: TestResponse = await app.call('GET', `/metrics?limit=2${cursor && `&cursor=${cursor}`}`);
      const { data, next_cursor } = page.json<{ data: NamedMetricDto[]; next_cursor: string | null }>();
      names.push(...data.map(({ name }) => name));
      cursor = next_cursor;
    }
    const whole = (await app.call('GET', '/metrics')).json<{ data: NamedMetricDto[] }>().data;
    expect(names).toEqual(whole.map(({ name }) => name));
    expect(new Set(names).size).toBeGreaterThan(4);
    const found = async (query: string) =>
      (await app.call('GET', `/metrics?${query}`)).json<{ data: NamedMetricDto[] }>().data.map(({ name }) => name);
    expect(await found('text=BYTES%20OF%20sho')).toEqual(['shown']);
    expect(await found('text=%25')).toEqual([]);
    expect(await found('metric=event_rate')).toEqual(['per_day']);
    expect(await found('metric=event_rate&text=zzz')).toEqual([]);
  });

  it.each(['text=', 'metric=zzz', 'archived=1', 'limit=0', 'cursor=x', 'name=a'])('refuses ?%s', async (query) => {
    const parameter = query.split('=')[0];
    expect(codeOf(await app.call('GET', `/metrics?${query}`))).toEqual([400, 'invalid_parameter', [parameter]]);
  });
});

describe('the preset of Wikimedia', () => {
  it('is listed with the others, and with what of it there is', async () => {
    const { data } = (await app.call('GET', '/metric-presets')).json<{ data: ListedPresetDto[] }>();
    expect(data.map(({ id }) => id)).toEqual(['web', 'trackables', 'wikimedia']);
    for (const { id, metrics } of data.slice(0, 2)) {
      expect(metrics.filter(({ exists }) => exists)).toEqual([]);
      const made = (await app.call('POST', `/metrics/presets/${id}`)).json<PresetDto>();
      expect(made.created).toEqual(metrics.map(({ name }) => name));
    }
    const later = (await app.call('GET', '/metric-presets')).json<{ data: ListedPresetDto[] }>().data;
    expect(later.map(({ metrics }) => metrics.every(({ exists }) => exists))).toEqual([true, true, false]);
  });

  it('makes the metrics of the ancestors, once, however many ask', async () => {
    const posts = await Promise.all([1, 2, 3].map(() => app.call('POST', '/metrics/presets/wikimedia')));
    expect(posts.map(({ status }) => status).sort()).toEqual([200, 200, 201]);
    const first = posts.find(({ status }) => status === 201)?.json<PresetDto>();
    expect(first?.created).toEqual(first?.metrics.map(({ name }) => name));
    expect(first?.created).toContain('bytes_added');
    const again = posts.find(({ status }) => status === 200)?.json<PresetDto>();
    expect(again).toEqual({ created: [], metrics: first?.metrics });
    expect(await measure('bytes_added')).toMatchObject({ aggregates: { net: { mean: 12 } } });
    expect(await measure('pages_edited')).toMatchObject({ aggregates: { count: { mean: 1 } } });
    expect(await measure('namespace_edits')).toMatchObject({
      aggregates: { counts: { mean: { '0': 1, '1': 1, '-2': 0 } } },
    });
  });

  it('makes none where one of its names is taken by another metric', async () => {
    const archived = await app.call('DELETE', '/metrics/edit_count');
    expect(archived.status).toBe(204);
    const mapping = { events: { edit: 'revision' } };
    const refused = await app.call('POST', '/metrics/presets/wikimedia', mapping);
    expect([refused.status, errorOf(refused).detail]).toEqual([409, expect.stringContaining('bytes_added')]);
    expect((await app.call('GET', '/metrics/edit_count')).status).toBe(404);
    expect(codeOf(await app.call('POST', '/metrics/presets/wikimedia', { events: 5 }))).toEqual([
      422,
      'invalid_field',
      ['/events'],
    ]);
    expect((await app.call('POST', '/metrics/presets/wikimedia', {})).json<PresetDto>().created).toEqual([
      'edit_count',
    ]);
  });
});
