import type { AnswerDto } from '../../../src/requests/answer/answer.dto.js';
import type { UserRow, UserSlice } from '../../../src/results/user-row.dto.js';
import {
  arrowRows,
  asCsvRow,
  csvRows,
  download,
  parquetRows,
  type ExportedRow,
} from '../../support/exported-tables.js';
import { send } from '../../support/ingest.js';
import { ask } from '../../support/requests.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

const USERS = ['ann', 'bob', 'cy', '=cmd|x', "'=1", '-1', 'a;b', 'say "hi",\r\nall', 'd/é\u2028\u0001'];
const YEAR = { kind: 'fixed', from: '2020-01-01', to: '2020-04-01' };

let stores: TestStores;
let app: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  const country = [['US'], ['=1+1'], [], ['a,b'], ['US'], [], ['@x'], ['US'], ['FR']];
  const users = USERS.map((user, i) => ({
    user,
    registered_at: `2020-0${1 + (i % 3)}-0${1 + i}T10:00:00.250Z`,
    traits: country[i]?.[0] === undefined ? {} : { country: country[i]?.[0] },
  }));
  await send(app, 'users', ...users, { user: 'unborn' });
  const events = USERS.flatMap((user, i) =>
    Array.from({ length: i }, (_, k) => ({
      user,
      event: 'buy',
      time: `2020-0${1 + (k % 3)}-${10 + i}T0${k}:00:00.${100 + k}Z`,
      properties: { amount: (k - 3) / 7, shop: k % 2 === 0 ? 'a/"b"' : 'ü' },
    })),
  );
  await send(app, 'events', ...events);
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

const cohort = { users: [...USERS, 'unborn', 'nobody'] };
const buys = { event: 'buy' };
const births = { from: '2020-01-01', to: '2020-04-01' };
const since = { kind: 'since_birth', length: 'P60D', births };
const monthly = { interval: 'month', by: 'event_time' };
const REQUESTS: readonly (readonly [string, object])[] = [
  ['numbers', { metric: 'value_sum', params: { ...buys, value: 'amount' }, window: YEAR }],
  ['booleans and instants', { metric: 'occurrence', params: buys, window: YEAR }],
  ['maps', { metric: 'count_by', params: { ...buys, property: 'shop' }, window: { ...YEAR, births } }],
  ['texts', { metric: 'last_value', params: { ...buys, value: 'shop', type: 'text' }, window: { ...YEAR, births } }],
  [
    'a series by event time',
    { metric: 'value_sum', params: { ...buys, value: 'amount' }, window: YEAR, series: monthly },
  ],
  [
    'a series by birth',
    { metric: 'event_count', params: buys, window: since, series: { interval: 'month', by: 'birth' } },
  ],
  [
    'a series by birth and age',
    { metric: 'occurrence', params: buys, window: since, series: { interval: 'month', by: 'birth', age: 'P20D' } },
  ],
  [
    'calendar ages of unlike number',
    {
      metric: 'event_count',
      params: buys,
      window: { ...since, length: 'P1M', age: 'calendar' },
      series: { interval: 'month', by: 'birth', age: 'P10D' },
    },
  ],
  [
    'a breakdown, whose groups are not told by user',
    { metric: 'event_count', params: buys, window: YEAR, breakdown: ['trait:country'] },
  ],
];

async function answered(body: object): Promise<AnswerDto> {
  const answer = await ask(app, { cohort, as_of: '2021-01-01', ...body }, '?wait=20');
  if (answer.status !== 'succeeded') throw new Error(JSON.stringify(answer));
  return answer;
}

describe.each(REQUESTS)('per-user values with %s', (_, body) => {
  let answer: AnswerDto;
  let reported: readonly UserRow[];

  const file = async (format: string): Promise<Buffer> => {
    const { status, bytes } = await download(app, `/requests/${answer.id}/users?format=${format}`);
    if (status !== 200) throw new Error(`${status}: ${bytes.toString()}`);
    return bytes;
  };

  beforeAll(async () => {
    answer = await answered(body);
    reported = JSON.parse((await download(app, `/requests/${answer.id}/users`)).bytes.toString()).data;
    expect(reported.length).toBe(USERS.length + 2);
  });

  it('are the same as NDJSON', async () => {
    const lines = (await file('ndjson')).toString().trimEnd().split('\n');
    expect(lines.map((line) => JSON.parse(line))).toEqual(reported);
  });

  it('are the same as Parquet, Arrow and CSV', async () => {
    const expected = reported.flatMap((row) => flat(answer, row));
    expect(await parquetRows(await file('parquet'))).toEqual(expected);
    expect(arrowRows(await file('arrow'))).toEqual(expected);
    expect(csvRows(await file('csv&escape=none'))).toEqual(expected.map((row) => asCsvRow(withoutEmptyMaps(row))));
  });
});

/** A user's rows as a table has them. */
function flat({ columns, series }: AnswerDto, row: UserRow): ExportedRow[] {
  const cells = ({ values, undefined: reasons }: UserRow | UserSlice): ExportedRow => ({
    ...Object.fromEntries(columns.map(({ name, type }) => [name, values[name] ?? (type === 'map' ? {} : null)])),
    ...Object.fromEntries(columns.map(({ name }) => [`${name}.reason`, reasons[name] ?? null])),
  });
  if (!row.slices) return [{ user: row.user, ...cells(row) }];
  if (row.slices.length === 0) return [{ user: row.user, from: null, to: null, label: null, age: null, ...cells(row) }];
  return row.slices.map((slice) => {
    const point = series?.find(({ from, age }) => from === slice.from && age === slice.age);
    return { user: row.user, from: slice.from, to: point?.to, label: point?.label, age: slice.age, ...cells(slice) };
  });
}

/** Of CSV an undefined map is an empty cell. */
function withoutEmptyMaps(row: ExportedRow): ExportedRow {
  return Object.fromEntries(
    Object.entries(row).map(([name, cell]) => [name, (row[`${name}.reason`] ?? null) === null ? cell : null]),
  );
}

describe('CSV of users', () => {
  it('puts an apostrophe before what could be a formula, and only before texts', async () => {
    const { id } = await answered({ metric: 'value_sum', params: { ...buys, value: 'amount' }, window: YEAR });
    const { bytes, headers } = await download(app, `/requests/${id}/users`, { accept: 'text/csv' });
    expect(headers).toMatchObject({
      'content-type': 'text/csv; charset=utf-8; header=present',
      'content-disposition': `attachment; filename="${id}-users.csv"`,
      vary: 'accept, accept-encoding',
    });
    const rows = csvRows(bytes);
    const escaped = USERS.map((user) => (['=cmd|x', "'=1", '-1'].includes(user) ? `'${user}` : user));
    expect(rows.map(({ user }) => user).toSorted()).toEqual([...escaped, 'unborn', 'nobody'].toSorted());
    expect(rows.find(({ user }) => user === 'bob')?.['net']).toBe(String(-3 / 7));
  });
});

describe('tables of aggregates', () => {
  const aggregators = ['mean', 'std', 'p90', 'proportion', { histogram: { bins: 3 } }, 'min', 'count_by_value'];
  const series = { interval: 'month', by: 'event_time' };
  const parts = { window: YEAR, series, breakdown: ['trait:country'], aggregators };
  const paths = ['aggregates', 'series', 'breakdown', 'breakdown/series'];

  const without = (...names: string[]): unknown[] => aggregators.filter((name) => !names.includes(String(name)));

  it.each([
    ['numbers', { metric: 'event_count', params: buys, aggregators: without('proportion', 'count_by_value') }],
    ['booleans and instants', { metric: 'occurrence', params: buys, aggregators: without('count_by_value') }],
    ['maps', { metric: 'count_by', params: { ...buys, property: 'shop' }, aggregators: without('proportion') }],
    [
      'texts and whole numbers',
      { metric: 'last_value', params: { ...buys, value: 'shop', type: 'text' }, aggregators: without('proportion') },
    ],
  ])('of %s are the same in every format', async (_, body) => {
    const answer = await answered({ ...parts, ...body });
    for (const path of paths) {
      const file = async (format: string) => {
        const { status, bytes } = await download(app, `/requests/${answer.id}/${path}?format=${format}`);
        expect([path, format, status]).toEqual([path, format, 200]);
        return bytes;
      };
      const { data } = JSON.parse((await file('json')).toString());
      expect(data).toEqual(expectedItems(answer, path));
      const lines = (await file('ndjson')).toString().trimEnd().split('\n');
      expect(lines.map((line) => JSON.parse(line))).toEqual(data);
      const rows = arrowRows(await file('arrow'));
      expect(rows).toHaveLength(data.length);
      expect(await parquetRows(await file('parquet'))).toEqual(rows);
      const csv = csvRows(await file('csv&escape=none'));
      rows.forEach((row, i) => expectSameCells(csv[i] ?? {}, row));
      rows.forEach((row, i) => expectSameItem(row, data[i], answer));
    }
  });

  it('tell a point of a series in CSV', async () => {
    const { id } = await answered({ metric: 'event_count', params: buys, window: YEAR, series, aggregators: ['sum'] });
    const { bytes } = await download(app, `/requests/${id}/series?format=csv`);
    expect(bytes.toString().split('\r\n').slice(0, 2)).toEqual([
      'from,to,label,age,complete,count.sum,count.n,count.n_undefined,count.undefined',
      '2020-01-01T00:00:00.000Z,2020-02-01T00:00:00.000Z,2020-01,,true,15,10,1,"{""unknown_user"":1}"',
    ]);
  });

  it('escape groups that could be formulas', async () => {
    const { id } = await answered({ ...parts, metric: 'event_count', params: buys, aggregators: ['mean'] });
    const groups = csvRows((await download(app, `/requests/${id}/breakdown?format=csv`)).bytes);
    expect(groups.map((row) => [row['group'], row['group.type']])).toEqual([
      ["'=1+1", 'text'],
      ["'@x", 'text'],
      ['FR', 'text'],
      ['US', 'text'],
      ['a,b', 'text'],
      ['', ''],
    ]);
  });

  it('are not there where they were not asked', async () => {
    const { id } = await answered({ metric: 'event_count', params: buys, window: YEAR });
    for (const path of ['series', 'breakdown', 'breakdown/series']) {
      const { status, bytes } = await download(app, `/requests/${id}/${path}`);
      expect([status, JSON.parse(bytes.toString()).code]).toEqual([404, 'not_found']);
    }
    expect((await download(app, `/requests/${id}/aggregates`, { accept: 'image/png' })).status).toBe(406);
  });
});

function expectedItems(answer: AnswerDto, path: string): unknown[] {
  if (path === 'aggregates') return [{ aggregates: answer.aggregates }];
  if (path === 'series') return [...(answer.series ?? [])];
  const groups = answer.breakdown ?? [];
  if (path === 'breakdown') return groups.map(({ by, group, aggregates }) => ({ by, group, aggregates }));
  return groups.flatMap(({ by, group, series }) => (series ?? []).map((point) => ({ by, group, ...point })));
}

function expectSameCells(csv: Readonly<Record<string, string>>, row: ExportedRow): void {
  const present = Object.entries(row).filter(([, cell]) => !isEmpty(cell));
  for (const [name, cell] of present) {
    const text = csv[name] ?? '';
    expect([name, typeof cell === 'object' ? JSON.parse(text) : text]).toEqual([
      name,
      typeof cell === 'object' ? cell : String(cell),
    ]);
  }
  const absent = Object.entries(row).filter(([, cell]) => isEmpty(cell));
  for (const [name] of absent) expect(['', '{}']).toContain(csv[name]);
}

function isEmpty(cell: unknown): boolean {
  return (
    cell === null ||
    (typeof cell === 'object' && Object.values(cell).every((of) => Array.isArray(of) && of.length === 0))
  );
}

/** Numbers are those of the answer to the bit. */
function expectSameItem(
  row: ExportedRow,
  item: { aggregates: Record<string, Record<string, unknown>> },
  { columns }: AnswerDto,
): void {
  for (const { name } of columns) {
    const own = item.aggregates[name] ?? {};
    expect(row[`${name}.n`]).toBe(own['n']);
    for (const key of ['mean', 'std', 'p90', 'min', 'histogram'].filter((key) => key in own)) {
      const reported = own[key] ?? null;
      expect(row[`${name}.${key}`]).toEqual(
        reported === null && isEmpty(row[`${name}.${key}`]) ? row[`${name}.${key}`] : reported,
      );
    }
    const users = own['count_by_value'];
    if (Array.isArray(users)) {
      const byValue = (users as { value: unknown; users: number }[]).map((one) => [String(one.value), one.users]);
      expect(row[`${name}.count_by_value`]).toEqual(Object.fromEntries(byValue));
    }
    const proportion = own['proportion'] as { value: number; low: number; positives: number } | null | undefined;
    if (proportion) {
      const { value, low, positives } = proportion;
      expect(row).toMatchObject({
        [`${name}.proportion`]: value,
        [`${name}.proportion.low`]: low,
        [`${name}.proportion.positives`]: positives,
      });
    }
  }
}
