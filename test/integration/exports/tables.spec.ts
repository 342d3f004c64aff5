import { brotliDecompressSync, gunzipSync } from 'node:zlib';
import type { EvaluationDto } from '../../../src/cohorts/cohort-evaluation.dto.js';
import { FORMAT_NAMES } from '../../../src/results/export-format.js';
import { buildOpenApi } from '../../../src/platform/http/openapi.js';
import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';
import { asCsvRow, csvRows, download, expectNoRows, tableOf, type ExportedRow } from '../../support/exported-tables.js';
import { send } from '../../support/ingest.js';
import { ask } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import { uploaded } from '../../support/uploads.js';
import { callHttp, type Method } from '../../support/call-http.js';

const YEAR = { kind: 'fixed', from: '2020-01-01', to: '2020-04-01' };
const buys = { event: 'buy' };
const since = { kind: 'since_birth', length: 'P60D', births: { from: '2020-01-01', to: '2020-04-01' } };
const byBirth = { interval: 'month', by: 'birth' };
const broken = { breakdown: ['trait:country'] };

let stores: TestStores;
let app: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  await send(app, 'users', { user: 'ann', registered_at: '2020-01-05T00:00:00Z', traits: { country: 'US' } });
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

/** Each shape with the parts of its answer that have no row. */
const SHAPES: readonly (readonly [string, readonly string[], object])[] = [
  [
    'numbers',
    ['users', 'breakdown'],
    { metric: 'value_sum', params: { ...buys, value: 'amount' }, window: YEAR, ...broken },
  ],
  [
    'booleans and instants',
    ['users', 'breakdown', 'breakdown/series'],
    { metric: 'occurrence', params: buys, window: YEAR, series: { interval: 'month', by: 'event_time' }, ...broken },
  ],
  [
    'maps',
    ['users', 'breakdown'],
    { metric: 'count_by', params: { ...buys, property: 'shop' }, window: YEAR, ...broken },
  ],
  [
    'a series by birth and age',
    ['users', 'breakdown', 'breakdown/series'],
    { metric: 'event_count', params: buys, window: since, series: { ...byBirth, age: 'P20D' }, ...broken },
  ],
  [
    'groups of events',
    ['users', 'breakdown'],
    { metric: 'event_count', params: buys, window: YEAR, breakdown: ['property:shop'] },
  ],
];

it.each(SHAPES)('a result of nobody is a file with its columns: %s', async (_, parts, body) => {
  const cohort = { rule: { trait: 'country', eq: 'Atlantis' } };
  const aggregators = ['mean', { histogram: { bins: 3 } }];
  const { id }: AnswerDto = await ask(app, { cohort, as_of: '2021-01-01', aggregators, ...body }, '?wait=20');
  for (const part of parts) await expectNoRows(app, `/requests/${id}/${part}`);
});

it('so is a list of nobody: of a cohort, an evaluation, a difference, an upload', async () => {
  const list = { rule: { trait: 'country', eq: 'Atlantis' } };
  await app.call('POST', '/cohorts', { name: 'nobody', ...list });
  const { id } = (await app.call('POST', '/cohorts/nobody/evaluations')).json<EvaluationDto>();
  const upload = await uploaded(app, 'name=sent&validate=lenient', 'ann');
  await expectNoRows(app, '/cohorts/nobody/members');
  await expectNoRows(app, `/cohorts/nobody/evaluations/${id}/members`);
  await expectNoRows(app, '/cohorts/nobody/difference');
  await expectNoRows(app, `/cohort-uploads/${upload.id}/rows`, '&status=invalid');
});

describe('lists of users', () => {
  const FIRST = ['00042', '=cmd|x', "'=1", 'a;b', 'say "hi",\r\nall', 'd/é\u2028\u0001', '12345678901234567890'];
  const SECOND = [...FIRST.slice(2), 'new', '-1'];
  const byBytes = (users: readonly string[]): string[] =>
    users.toSorted((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b)));
  const left = new Set(FIRST.filter((user) => !SECOND.includes(user)));
  const changed = byBytes([...left, 'new', '-1']).map((user) => ({
    user,
    change: left.has(user) ? 'left' : 'entered',
  }));

  beforeAll(async () => {
    await app.call('POST', '/cohorts', { name: 'texts', static: { users: FIRST } });
    await app.call('PUT', '/cohorts/texts', { name: 'texts', static: { users: SECOND } });
  });

  const reported = async (path: string, query = ''): Promise<void> => {
    const pages = (await app.call('GET', `${path}?limit=2`)).json<{ next_cursor: string | null }>();
    expect(pages.next_cursor).not.toBeNull();
    const all = JSON.parse((await download(app, `${path}?limit=1000`)).bytes.toString()) as { data: object[] };
    for (const format of FORMAT_NAMES.slice(1)) {
      const { status, headers, bytes } = await download(app, `${path}?format=${format}${query}`);
      expect([path, format, status]).toEqual([path, format, 200]);
      expect(headers['content-disposition']).toMatch(
        new RegExp(`^attachment; filename="[\\w-]+\\.${format === 'arrow' ? 'arrows' : format}"$`),
      );
      const rows =
        format === 'csv'
          ? csvRows((await download(app, `${path}?format=csv&escape=none`)).bytes)
          : (await tableOf(format, bytes)).rows;
      const expected = format === 'csv' ? all.data.map((row) => asCsvRow(row as ExportedRow)) : all.data;
      expect([path, format, rows]).toEqual([path, format, expected]);
    }
  };

  it('are the same in every format: members of any version, whom an evaluation has found, who entered and left', async () => {
    await reported('/cohorts/texts/members');
    await reported('/cohorts/texts/difference');
    const first = await tableOf(
      'ndjson',
      (await download(app, '/cohorts/texts/members?version=1&format=ndjson')).bytes,
    );
    expect(first.rows).toEqual(byBytes(FIRST).map((user) => ({ user })));
    const difference = await tableOf('arrow', (await download(app, '/cohorts/texts/difference?format=arrow')).bytes);
    expect(difference.rows).toEqual(changed);
    await app.call('POST', '/cohorts', { name: 'union', set: { or: ['texts', { users: ['zoe'] }] } });
    const { id } = (await app.call('POST', '/cohorts/union/evaluations')).json<EvaluationDto>();
    await reported(`/cohorts/union/evaluations/${id}/members`);
    const upload = await uploaded(
      app,
      'name=rows&validate=lenient',
      SECOND.slice(3).map((user) => ({ user })),
      {},
    );
    await reported(`/cohort-uploads/${upload.id}/rows`);
  });

  it('are not there for an evaluation that has none, or none any more', async () => {
    expect((await app.call('GET', '/cohorts/union/evaluations/eval_x/members')).status).toBe(404);
    await app.call('POST', '/cohorts', { name: 'moving', rule: { trait: 'country', eq: 'US' } });
    const { id } = (await app.call('POST', '/cohorts/moving/evaluations')).json<EvaluationDto>();
    for (const user of ['u1', 'u2', 'u3']) {
      await send(app, 'users', { user, registered_at: '2020-01-05T00:00:00Z', traits: { country: 'US' } });
      await app.call('POST', '/cohorts/moving/evaluations');
    }
    for (const query of ['', '?format=csv']) {
      const answer = await app.call('GET', `/cohorts/moving/evaluations/${id}/members${query}`);
      expect([answer.status, answer.json<{ code: string }>().code]).toEqual([410, 'result_gone']);
    }
  });

  it('open in a spreadsheet with all their digits', async () => {
    const { bytes, headers } = await download(
      app,
      '/cohorts/texts/members?version=1&format=csv&excel=true&delimiter=semicolon',
    );
    expect(headers['content-type']).toBe('text/csv; charset=utf-8; header=present');
    const text = bytes.toString();
    expect(text.split('\r\n').slice(0, 4)).toEqual([
      '\ufeffuser',
      "''=1",
      '"=""00042"""',
      '"=""12345678901234567890"""',
    ]);
    expect(text).toContain("\r\n'=cmd|x\r\n");
    const series = { interval: 'month', by: 'event_time' };
    const body = {
      cohort: { users: ['00042'] },
      metric: 'value_sum',
      params: { ...buys, value: 'amount' },
      window: YEAR,
      series,
    };
    await send(app, 'events', {
      user: '00042',
      event: 'buy',
      time: '2020-01-02T00:00:00Z',
      properties: { amount: 0.5 },
    });
    const { id } = await ask(app, { as_of: '2021-01-01', aggregators: ['mean'], ...body }, '?wait=20');
    const query = 'format=csv&excel=true&delimiter=semicolon&decimal=comma';
    const users = (await download(app, `/requests/${id}/users?${query}`)).bytes.toString().split('\r\n')[1];
    expect(users).toMatch(/^"=""00042""";2020-01-01T00:00:00.000Z;2020-02-01T00:00:00.000Z;"=""2020-01""";;"0,5";/);
    const points = (await download(app, `/requests/${id}/series?${query}`)).bytes.toString().split('\r\n')[1];
    expect(points).toMatch(/^2020-01-01T00:00:00.000Z;2020-02-01T00:00:00.000Z;"=""2020-01""";;true;"0,5";/);
    const refused = await app.call('GET', '/cohorts/texts/members?excel=true');
    expect([refused.status, refused.json<{ errors: object[] }>().errors]).toEqual([
      400,
      [{ parameter: 'excel', detail: expect.stringContaining('CSV') }],
    ]);
  });
});

describe('Accept', () => {
  it('is honoured or refused by every route', async () => {
    const paths = Object.entries(buildOpenApi(app.nest).paths).filter(([path]) => path.startsWith('/v1/'));
    // Routes of sessions are closed to keys, whatever they accept.
    const isOpen = ({ security = [] }: { security?: object[] }): boolean =>
      security.length === 0 || security.some((scheme) => 'api_key' in scheme);
    const calls = paths.flatMap(([path, item]) =>
      Object.entries(item)
        .filter(([, operation]) => isOpen(operation as { security?: object[] }))
        .map(([method]) => [method.toUpperCase(), path] as const),
    );
    expect(calls.length).toBeGreaterThan(50);
    for (const [method, pattern] of calls) {
      const url = pattern.replace('{property}', 'default').replaceAll(/\{\w+\}/g, 'x');
      const headers = { authorization: `Bearer ${app.adminKey}`, accept: 'image/png, text/html;q=0.9' };
      const answer = await callHttp(app.url, method as Method, url, { headers });
      expect([method, pattern, answer.status, answer.json<{ code: string }>().code]).toEqual([
        method,
        pattern,
        406,
        'not_acceptable',
      ]);
    }
  });

  it.each([
    ['/cohorts', 'text/csv', 406],
    ['/cohorts', 'application/*', 200],
    ['/cohorts', 'text/html, */*;q=0.1', 200],
    ['/cohorts', 'application/json; charset=utf-8', 200],
    ['/cohorts', 'application/json;q=0', 406],
    ['/cohorts/texts/members', 'text/csv;q=0.5, application/vnd.apache.parquet', 200],
    ['/cohorts/texts/members?format=csv', 'application/json', 200],
  ])('%s for %s is %i', async (path, accept, status) => {
    const answer = await download(app, path, { accept });
    expect(answer.status).toBe(status);
    if (accept.includes('parquet')) expect(answer.headers['content-type']).toBe('application/vnd.apache.parquet');
  });
});

describe('large answers', () => {
  const MANY = Array.from({ length: 3_000 }, (_, i) => `user-${i}`);
  const CODINGS = { br: brotliDecompressSync, gzip: gunzipSync } as const;
  let id: string;

  beforeAll(async () => {
    await app.call('POST', '/cohorts', { name: 'many', static: { users: MANY } });
    const births = { from: '2015-01-01', to: '2020-01-01' };
    const window = { kind: 'since_birth', length: 'P7D', births };
    const series = { interval: 'week', by: 'birth' };
    ({ id } = await ask(
      app,
      { cohort: 'many', metric: 'occurrence', params: buys, as_of: '2021-01-01', window, series },
      '?wait=30',
    ));
  });

  it.each(['br', 'gzip'] as const)(
    'are compressed by %s where the caller takes it, and by nothing where he does not',
    async (coding) => {
      const lists = ['limit=1000', 'format=ndjson', 'format=csv', 'format=arrow'].map(
        (query) => `/cohorts/many/members?${query}`,
      );
      for (const path of [`/requests/${id}`, ...lists]) {
        const plain = await download(app, path);
        const coded = await download(app, path, { 'accept-encoding': coding });
        expect([path, plain.headers['content-encoding']]).toEqual([path, undefined]);
        expect([path, coded.headers['content-encoding']]).toEqual([path, coding]);
        for (const { headers } of [plain, coded])
          expect([path, headers.vary]).toEqual([path, expect.stringMatching(/accept-encoding/)]);
        expect(coded.bytes.length).toBeLessThan(plain.bytes.length / 2);
        expect(CODINGS[coding](coded.bytes).equals(plain.bytes)).toBe(true);
      }
    },
  );

  it('are not where that is of no use: small ones, Parquet and events', async () => {
    const headers = { 'accept-encoding': 'br, gzip' };
    for (const path of ['/cohorts/many', '/cohorts/many/members?format=parquet', `/requests/${id}/events`])
      expect((await download(app, path, headers)).headers['content-encoding']).toBeUndefined();
  });

  it('keep their entity tags, each coding its own', async () => {
    const tags = new Set<string>();
    for (const coding of ['identity', 'br', 'gzip']) {
      const headers = { 'accept-encoding': coding };
      const tag = String((await download(app, `/requests/${id}`, headers)).headers.etag);
      tags.add(tag);
      const again = await download(app, `/requests/${id}`, { ...headers, 'if-none-match': tag });
      expect([again.status, again.headers.etag, again.bytes.length]).toEqual([304, tag, 0]);
      expect(again.headers.vary).toBe('prefer, accept-encoding');
      const head = await app.call('HEAD', `/requests/${id}`, undefined, headers);
      expect([head.status, head.headers['etag'], head.text]).toEqual([200, tag, '']);
      expect(head.headers['content-encoding']).toBe(coding === 'identity' ? undefined : coding);
    }
    expect([...tags].map((tag) => /(-br|-gzip)?"$/.exec(tag)?.[1])).toEqual([undefined, '-br', '-gzip']);
  });

  it('of a version are guarded by the tag of any coding', async () => {
    const change = (tag: string) =>
      app.call('PUT', '/cohorts/many', { name: 'many', static: { users: ['ann'] } }, { 'if-match': tag });
    const tag = String((await download(app, '/cohorts/many')).headers.etag);
    expect((await change(tag.replace(/"$/, '-zstd"'))).status).toBe(412);
    expect((await change(tag.replace(/"$/, '-br"'))).status).toBe(200);
  });
});
