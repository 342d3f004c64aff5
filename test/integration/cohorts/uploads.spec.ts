import type { CohortDto } from '../../../src/cohorts/cohort.dto.js';
import type { UploadDto, UploadRowDto } from '../../../src/cohorts/uploads/upload.dto.js';
import { send } from '../../support/ingest.js';
import { startTestApp, type TestApp, type TestResponse } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

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

const TEXT = { 'content-type': 'text/plain' };
const CSV = { 'content-type': 'text/csv' };

function post(query: string, body: unknown, headers: object = TEXT): Promise<TestResponse> {
  return app.call('POST', `/cohort-uploads?wait=30&${query}`, body, { ...headers });
}

async function upload(query: string, body: unknown, headers: object = TEXT): Promise<UploadDto> {
  const response = await post(query, body, headers);
  if (response.status !== 202) throw new Error(response.text);
  return response.json();
}

async function rows(id: string, query = ''): Promise<UploadRowDto[]> {
  const response = await app.call('GET', `/cohort-uploads/${id}/rows${query}`);
  if (response.status !== 200) throw new Error(response.text);
  return response.json<{ data: UploadRowDto[] }>().data;
}

const finish = (id: string, body: object, headers = {}): Promise<TestResponse> =>
  app.call('POST', `/cohort-uploads/${id}/finish`, body, headers);

describe('an upload', () => {
  it('is checked row by row, and finished with the valid ones', async () => {
    const body = `user,city\r\nann,Ulm\r\nzoe,Bonn\n\nann,Kiel\rdee,"a\nb"\n${'x'.repeat(257)},\n=cem,`;
    const made = await upload('name=from-csv&tags=a,b&description=By%20hand', body, CSV);
    expect(made).toMatchObject({
      status: 'validated',
      name: 'from-csv',
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
    expect(await rows(made.id)).toEqual([
      { row: 2, text: 'ann', status: 'valid', reason: null, first_row: null },
      { row: 3, text: 'zoe', status: 'unknown', reason: 'unknown_user', first_row: null },
      { row: 4, text: '', status: 'blank', reason: 'blank', first_row: null },
      { row: 5, text: 'ann', status: 'duplicate', reason: 'duplicate', first_row: 2 },
      { row: 6, text: 'dee', status: 'valid', reason: null, first_row: null },
      { row: 7, text: 'x'.repeat(256), status: 'invalid', reason: 'too_long', first_row: null },
      { row: 8, text: '=cem', status: 'valid', reason: null, first_row: null },
    ]);
    const refused = await finish(made.id, { members: 'all' });
    expect([refused.status, refused.json<{ code: string }>().code]).toEqual([409, 'upload_not_valid']);
    const done = await finish(made.id, { members: 'valid' });
    expect([done.status, done.headers['location']]).toEqual([201, expect.stringMatching(/\/cohorts\/coh_\w+$/)]);
    const cohort = done.json<CohortDto>();
    expect(cohort).toMatchObject({ name: 'from-csv', size: 3, version: 1, kind: 'static', description: 'By hand' });
    const byList = await app.call('POST', '/cohorts', { name: 'by-list', static: { users: ['dee', '=cem', 'ann'] } });
    expect(byList.json<CohortDto>().hash).toBe(cohort.hash);
    const members = (await app.call('GET', '/cohorts/from-csv/members')).json<{ data: { user: string }[] }>().data;
    expect(members.map(({ user }) => user)).toEqual(['=cem', 'ann', 'dee']);
    const again = await finish(made.id, { members: 'valid' });
    expect([again.status, again.json<CohortDto>().id]).toEqual([200, cohort.id]);
  });
});
