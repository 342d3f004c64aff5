import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';
import { download, tableOf } from '../../support/exported-tables.js';
import { send } from '../../support/ingest.js';
import { ask } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

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
  for (const part of parts) await expectNoRows(`/requests/${id}/${part}`);
});

/** In every format; the columns are the same in all that have any. */
async function expectNoRows(path: string): Promise<void> {
  const columns = new Set<string>();
  for (const format of ['json', 'ndjson', 'csv', 'parquet', 'arrow'] as const) {
    const { status, bytes } = await download(app, `${path}?format=${format}`);
    expect([path, format, status]).toEqual([path, format, 200]);
    const table = await tableOf(format, bytes);
    expect([path, format, table.rows]).toEqual([path, format, []]);
    if (table.columns !== null) columns.add(table.columns.join());
  }
  expect([...columns]).toEqual([expect.stringMatching(/^(user|by,group|row|from)\b/)]);
}
