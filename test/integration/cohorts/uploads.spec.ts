import { gzipSync } from 'node:zlib';
import type { CohortDto } from '../../../src/cohorts/cohort.dto.js';
import type { UploadDto, UploadRowDto } from '../../../src/cohorts/uploads/upload.dto.js';
import { send } from '../../support/ingest.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { callHttp, type TestResponse } from '../../support/call-http.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';
import {
  codeOf,
  CSV,
  finishUpload,
  postUpload,
  stagedRows,
  TEXT,
  uploaded,
  uploadRows,
  uploadsOf,
  type Headers,
} from '../../support/uploads.js';

const JSON_TYPE = { 'content-type': 'application/json' };
const LATIN_1 = { 'content-type': 'application/json; charset=latin1' };
const COLUMNS = 'row,status,reason,first_row,text';

let stores: TestStores;
let app: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores, { uploadRowLimit: 20_000 });
  const at = (user: string): object => ({ user, event: 'buy', time: '2020-01-01T00:00:00Z' });
  await send(app, 'events', at('ann'), at('bob'), at('=cem'));
  await send(app, 'users', { user: 'dee' });
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

async function make(name: string, users: readonly string[]): Promise<CohortDto> {
  return (await app.call('POST', '/cohorts', { name, static: { users } })).json();
}

async function members(cohort: string): Promise<string[]> {
  const page = (await app.call('GET', `/cohorts/${cohort}/members?limit=1000`)).json<{ data: { user: string }[] }>();
  return page.data.map(({ user }) => user);
}

describe('an upload', () => {
  it('is checked row by row, and finished with the valid ones', async () => {
    const body = `user,city\r\nann,Ulm\r\nzoe,Bonn\n\nann,Kiel\rdee,"a\nb"\n${'x'.repeat(257)},\n=cem,`;
    const made = await uploaded(app, 'name=from-csv&tags=a,b&description=By%20hand', body, CSV);
    expect(made).toMatchObject({
      status: 'validated',
      tags: ['a', 'b'],
      format: 'csv',
      header: true,
      column: 1,
      rows: 7,
      rows_checked: 7,
      validation: {
        validate: 'strict',
        data_version: 2,
        members: 3,
        counts: { rows: 7, valid: 3, unknown: 1, duplicate: 1, invalid: 1, blank: 1 },
        reasons: { unknown_user: 1, duplicate: 1, too_long: 1, blank: 1 },
      },
    });
    expect(await uploadRows(app, made.id)).toEqual([
      { row: 2, text: 'ann', status: 'valid', reason: null, first_row: null },
      { row: 3, text: 'zoe', status: 'unknown', reason: 'unknown_user', first_row: null },
      { row: 4, text: '', status: 'blank', reason: 'blank', first_row: null },
      { row: 5, text: 'ann', status: 'duplicate', reason: 'duplicate', first_row: 2 },
      { row: 6, text: 'dee', status: 'valid', reason: null, first_row: null },
      { row: 7, text: 'x'.repeat(256), status: 'invalid', reason: 'too_long', first_row: null },
      { row: 8, text: '=cem', status: 'valid', reason: null, first_row: null },
    ]);
    expect(codeOf(await finishUpload(app, made.id, { members: 'all' }))).toEqual([409, 'upload_not_valid']);
    const done = await finishUpload(app, made.id, { members: 'valid' });
    expect([done.status, done.headers['location']]).toEqual([201, expect.stringMatching(/\/cohorts\/coh_\w+$/)]);
    const cohort = done.json<CohortDto>();
    expect(cohort).toMatchObject({ name: 'from-csv', size: 3, version: 1, kind: 'static', description: 'By hand' });
    expect((await make('by-list', ['dee', '=cem', 'ann'])).hash).toBe(cohort.hash);
    expect(await members('from-csv')).toEqual(['=cem', 'ann', 'dee']);
    const again = await finishUpload(app, made.id, { members: 'valid' });
    expect([again.status, again.json<CohortDto>().id]).toEqual([200, cohort.id]);
  });

  it('takes unknown users, too, where it is lenient, and says how many', async () => {
    const made = await uploaded(app, 'name=lenient&validate=lenient', 'ann, zoe; ann\n');
    expect(made.validation).toMatchObject({ members: 2, counts: { rows: 3, valid: 1, unknown: 1, duplicate: 1 } });
    const labels = { name: 'labelled', tags: ['a'] };
    const done = await finishUpload(app, made.id, { members: 'all', description: 'checked', ...labels });
    expect([done.status, done.json()]).toEqual([201, expect.objectContaining(labels)]);
    expect(await members('labelled')).toEqual(['ann', 'zoe']);
  });

  it('is one question with the same users in a list (T17)', async () => {
    const { id } = await uploaded(app, 'name=asked&validate=lenient', 'zoe\nann\n');
    await finishUpload(app, id, { members: 'all' });
    const hash = async (cohort: unknown): Promise<string> => {
      const window = { kind: 'fixed', from: '2020-01-01', to: '2020-02-01' };
      const question = { cohort, metric: 'event_count', window, as_of: '2021-01-01' };
      return (await app.call('POST', '/requests/canonical', question)).json<{ hash: string }>().hash;
    };
    const [ofUpload, ofList] = [await hash('asked'), await hash({ users: ['ann', 'zoe', 'ann'] })];
    expect([ofUpload, ofUpload]).toEqual([ofList, expect.stringMatching(/^[0-9a-f]{64}$/)]);
  });

  it('loses nobody of many, and hashes them like a list (T4)', async () => {
    const users = Array.from({ length: 12_345 }, (_, i) => `user ${(i * 7) % 12_345}`);
    const headers = { ...TEXT, 'content-encoding': 'gzip' };
    const { id, validation } = await uploaded(app, 'name=many&validate=lenient', gzipSync(users.join('\n')), headers);
    expect(validation).toMatchObject({ members: 12_345, counts: { rows: 12_345, unknown: 12_345 } });
    const cohort = (await finishUpload(app, id, { members: 'all' })).json<CohortDto>();
    expect([cohort.size, cohort.hash]).toEqual([12_345, (await make('many listed', users)).hash]);
    const page = await app.call('GET', `/cohort-uploads/${id}/rows?limit=1000&status=unknown`);
    const { data, next_cursor } = page.json<{ data: UploadRowDto[]; next_cursor: string }>();
    expect([data.length, data.at(-1)?.row]).toEqual([1000, 1000]);
    const next = await uploadRows(app, id, `?limit=2&status=unknown&cursor=${next_cursor}`);
    expect(next.map(({ row }) => row)).toEqual([1001, 1002]);
  });

  it('can be downloaded by status, and a formula runs nowhere', async () => {
    const { id } = await uploaded(app, 'name=download', 'ann\n=cem\n=1+1\n@x\t\n');
    const file = (query: string): Promise<TestResponse> => app.call('GET', `/cohort-uploads/${id}/rows?${query}`);
    const csv = await file('format=csv&status=unknown,valid');
    const lines = ['1,valid,,,ann', "2,valid,,,'=cem", "3,unknown,unknown_user,,'=1+1", "4,unknown,unknown_user,,'@x"];
    expect(csv.text.split('\r\n')).toEqual([COLUMNS, ...lines, '']);
    expect(csv.headers).toMatchObject({ 'content-disposition': `attachment; filename="${id}-rows.csv"` });
    expect((await file('format=csv&status=blank')).text.split('\r\n')).toEqual([COLUMNS, '5,blank,blank,,', '']);
    expect((await file('format=csv&escape=none&status=unknown')).text).toContain(',=1+1\r\n');
    const reported = (await file('format=ndjson')).text.trimEnd().split('\n');
    expect(reported.map((line) => JSON.parse(line) as UploadRowDto)).toEqual(await uploadRows(app, id));
    for (const query of ['format=xml', 'status=wrong', 'format=csv&limit=1', 'escape=none', 'cursor=x']) {
      expect(codeOf(await file(query))).toEqual([400, 'invalid_parameter']);
    }
    const accepted = await app.call('GET', `/cohort-uploads/${id}/rows`, undefined, { accept: 'image/png' });
    expect(codeOf(accepted)).toEqual([406, 'not_acceptable']);
  });
});

describe('CSV', () => {
  it.each<[string, string, readonly string[], object]>([
    ['', 'user\nann\n', ['ann'], { header: true, column: 1 }],
    ['&header=absent', 'ann,1\nbob,2\n', ['ann', 'bob'], { header: false, column: 1 }],
    ['', 'ann\nbob\n', ['ann', 'bob'], { header: false, column: 1 }],
    ['', 'auth0|7\n', ['auth0|7'], { header: false, column: 1 }],
    ['', 'city, Distinct_ID \nUlm,ann', ['ann'], { header: true, column: 2 }],
    ['', 'city,User_ID\nUlm,ann', ['ann'], { header: true, column: 2 }],
    ['&header=absent', 'user\nann\n', ['user', 'ann'], { header: false, column: 1 }],
    ['&column=WHO', 'city, who\nUlm,ann', ['ann'], { header: true, column: 2 }],
    ['&header=present', "who\n'=1+2\n'ann", ['=1+2', "'ann"], { header: true, column: 1 }],
    ['&escape=none', "'=1+2", ["'=1+2"], { header: false, column: 1 }],
    ['&column=who', 'city,who\nUlm,ann', ['ann'], { header: true, column: 2 }],
    ['&column=2', 'city,who\nUlm,ann', ['who', 'ann'], { header: false, column: 2 }],
    ['&column=2&header=present', 'a,b\nUlm,ann\nBonn', ['ann', ''], { header: true, column: 2 }],
    ['&delimiter=semicolon', 'id;x\nann,b;1', ['ann,b'], { header: true, column: 1 }],
    ['&delimiter=tab&column=1', 'a\tb\n', ['a'], { header: false, column: 1 }],
    ['', '\ufeffuser\nann', ['ann'], { header: true, column: 1 }],
    ['', 'a"b\n"c ""d"" e"\n f', ['a"b', 'c "d" e', ' f'], { header: false, column: 1 }],
  ])('is read with %j: %j', async (query, body, texts, found) => {
    const made = await uploaded(app, `name=csv${query}`, body, CSV);
    expect(made).toMatchObject(found);
    expect((await uploadRows(app, made.id)).map(({ text }) => text)).toEqual(texts);
    await app.call('DELETE', `/cohort-uploads/${made.id}`);
  });
});

describe('an upload that was read otherwise than its sender thinks', () => {
  it.each([
    ['who,city\nann,Ulm', 'column=', '"who", "city"'],
    ['ann,1\nbob,2\n', 'column=', '"ann", "1"'],
    ['user;city\nann;Ulm', 'delimiter=semicolon', '"user;city"'],
    ['user\tcity\nann\tUlm', 'delimiter=tab', 'user'],
  ])('is refused: %j asks for %s', async (body, requested, shown) => {
    const { status, text } = await postUpload(app, 'name=x', body, CSV);
    expect([status, text]).toEqual([422, expect.stringContaining(requested)]);
    expect((JSON.parse(text) as { detail: string }).detail).toContain(shown);
  });

  it('warns where nobody is known, with the column and its first cells', async () => {
    const { warnings } = await uploaded(app, 'name=x&column=city', 'who,city\nann,Ulm\nbob,\ncem,Bonn', CSV);
    expect(warnings).toMatchObject([
      {
        code: 'no_valid_row',
        detail: expect.stringMatching(/column 2 \("city"\), whose first cells are "Ulm", "Bonn"/),
      },
    ]);
    expect((await uploaded(app, 'name=x', 'ann\nzoe')).warnings).toEqual([]);
    expect((await uploaded(app, 'name=x', 'zoe')).warnings).toHaveLength(1);
  });

  it('shows numbers that no double holds as they were sent', async () => {
    for (const [body, type] of [
      ['["ann",12345678901234567891,{"user":12345678901234567892},[{"a":12345678901234567893}]]', JSON_TYPE],
      [
        '"ann"\n12345678901234567891\n{"user":12345678901234567892}\n[{"a":12345678901234567893}]',
        { 'content-type': 'application/x-ndjson' },
      ],
    ] as const) {
      const { id } = await uploaded(app, 'name=x', body, type);
      expect((await uploadRows(app, id)).map(({ text }) => text)).toEqual([
        'ann',
        '12345678901234567891',
        '{"user":12345678901234567892}',
        '[{"a":12345678901234567893}]',
      ]);
    }
  });
});

describe('a version of a cohort', () => {
  it('comes of an upload for it, unless it has changed since', async () => {
    const { id: cohortId } = await make('target', ['ann']);
    const { id } = await uploaded(app, 'cohort=target', 'bob\n');
    const version = await finishUpload(app, id, { members: 'all' });
    expect([version.status, version.json()]).toMatchObject([200, { id: cohortId, version: 2, name: 'target' }]);
    expect(await members('target')).toEqual(['bob']);

    const ifMatch = { 'if-match': version.headers['etag'] ?? '' };
    const guarded = await uploaded(app, 'cohort=target', 'dee\n', { ...TEXT, ...ifMatch });
    await app.call('POST', '/cohorts/target/members', { add: ['ann'] });
    expect(codeOf(await finishUpload(app, guarded.id, { members: 'all' }))).toEqual([412, 'precondition_failed']);
    const late = await postUpload(app, 'cohort=target', 'dee', { ...TEXT, ...ifMatch });
    expect(codeOf(late)).toEqual([412, 'precondition_failed']);
    const named = await finishUpload(app, guarded.id, { members: 'all', tags: [] }, { 'if-match': '*' });
    expect(codeOf(named)).toEqual([422, 'invalid_field']);
    const forced = await finishUpload(app, guarded.id, { members: 'all' }, { 'if-match': '*' });
    expect(forced.json()).toMatchObject({ version: 4, size: 1 });
    const same = await uploaded(app, 'cohort=target', 'dee, dee');
    expect((await finishUpload(app, same.id, { members: 'all' })).json()).toMatchObject({ version: 4 });
  });

  it('comes of its members when they are validated again', async () => {
    await make('checked', ['ann', 'zoe', 'yve']);
    const response = await app.call('POST', '/cohorts/checked/validate?wait=30');
    const { id, ...made } = response.json<UploadDto>();
    const counts = { rows: 3, valid: 1, unknown: 2, duplicate: 0, invalid: 0, blank: 0 };
    expect([response.status, made.format, made.validation?.counts]).toEqual([202, 'cohort', counts]);
    expect((await uploadRows(app, id, '?status=unknown')).map(({ text }) => text)).toEqual(['yve', 'zoe']);
    expect((await finishUpload(app, id, { members: 'valid' })).json()).toMatchObject({ version: 2, size: 1 });
    await app.call('POST', '/cohorts', { name: 'ruled', rule: { did: { event: 'buy' } } });
    expect(codeOf(await app.call('POST', '/cohorts/ruled/validate'))).toEqual([422, 'invalid_field']);
    expect(codeOf(await app.call('POST', '/cohorts/nobody/validate'))).toEqual([404, 'not_found']);
  });
});

describe('an upload is refused', () => {
  const gzip = { ...TEXT, 'content-encoding': 'gzip' };
  it.each<[string, string, unknown, Headers, number, string]>([
    ['no name', '', 'ann', TEXT, 400, 'invalid_parameter'],
    ['a wrong name', 'name=a%26b', 'ann', TEXT, 400, 'invalid_parameter'],
    ['a name beside a cohort', 'name=x&cohort=from-csv', 'ann', TEXT, 400, 'invalid_parameter'],
    ['no such cohort', 'cohort=nothing', 'ann', TEXT, 422, 'unknown_cohort'],
    ['no such column', 'name=x&column=b', 'a,c\n1,2', CSV, 400, 'invalid_parameter'],
    ['a column of text', 'name=x&column=b', 'ann', TEXT, 400, 'invalid_parameter'],
    ['a wrong mode', 'name=x&validate=some', 'ann', TEXT, 400, 'invalid_parameter'],
    ['an unknown parameter', 'name=x&heder=present', 'ann', TEXT, 400, 'invalid_parameter'],
    ['another type', 'name=x', 'ann', { 'content-type': 'application/xml' }, 415, 'unsupported_media_type'],
    ['another charset', 'name=x', 'ann', { 'content-type': 'text/csv; charset=latin1' }, 415, 'unsupported_media_type'],
    ['an empty body', 'name=x', '', TEXT, 422, 'invalid_field'],
    ['nothing but a header', 'name=x', 'user\n', CSV, 422, 'invalid_field'],
    ['an empty list', 'name=x', [], JSON_TYPE, 422, 'invalid_field'],
    ['no list', 'name=x', { users: ['ann'] }, JSON_TYPE, 422, 'invalid_field'],
    ['members that are none', 'name=x', { members: 'ann' }, JSON_TYPE, 422, 'invalid_field'],
    ['two lists', 'name=x', '{"members":["ann"],"members":["bob"]}', JSON_TYPE, 422, 'invalid_field'],
    ['JSON that is none', 'name=x', '["ann"', JSON_TYPE, 400, 'malformed_body'],
    ['JSON that goes on', 'name=x', '["ann"]["bob"]', JSON_TYPE, 400, 'malformed_body'],
    ['JSON that is nested deeply', 'name=x', `["ann",${'['.repeat(1e5)}`, JSON_TYPE, 400, 'body_too_complex'],
    ['JSON in another charset', 'name=x', '["ann"]', LATIN_1, 415, 'unsupported_media_type'],
    ['Latin-1 in JSON', 'name=x', Buffer.from('["b\xe4r"]', 'latin1'), JSON_TYPE, 400, 'invalid_encoding'],
    ['too many rows', 'name=x', 'a\n'.repeat(20_001), TEXT, 422, 'limit_exceeded'],
    ['a quote that never closes', 'name=x', 'user\nann\n"bob\n', CSV, 400, 'malformed_body'],
    ['UTF-16', 'name=x', Buffer.from('\ufeffann\nbob', 'utf16le'), TEXT, 400, 'invalid_encoding'],
    ['Latin-1 in the middle', 'name=x', Buffer.from('ann\nb\xe4r\nbob', 'latin1'), CSV, 400, 'invalid_encoding'],
    ['gzip that is none', 'name=x', 'ann', gzip, 400, 'malformed_body'],
    ['half of gzip', 'name=x', gzipSync('ann\n'.repeat(1e4)).subarray(0, 40), gzip, 400, 'malformed_body'],
  ])('for %s, and leaves nothing', async (_, query, body, headers, status, code) => {
    const [before, staged] = [(await uploadsOf(app)).length, await stagedRows(app)];
    expect(codeOf(await postUpload(app, query, body, headers))).toEqual([status, code]);
    expect([(await uploadsOf(app)).length, await stagedRows(app)]).toEqual([before, staged]);
  });

  it('for a wrong key, and in a property where it is not', async () => {
    const { id } = await uploaded(app, 'name=scoped', 'ann');
    const stranger = { authorization: 'Bearer x' };
    expect((await app.call('GET', `/cohort-uploads/${id}`, undefined, stranger)).status).toBe(401);
    const headers = { authorization: `Bearer ${app.adminKey}` };
    await callHttp(app.url, 'POST', '/v1/properties', { headers, body: { slug: 'elsewhere' } });
    const calls = { '': 'GET', '/rows': 'GET', '/finish': 'POST', '/validate': 'POST' } as const;
    for (const [path, method] of Object.entries(calls)) {
      const url = `/v1/properties/elsewhere/cohort-uploads/${id}${path}`;
      const sent = path === '/finish' ? { headers, body: { members: 'all' } } : { headers };
      expect((await callHttp(app.url, method, url, sent)).status).toBe(404);
    }
  });
});
