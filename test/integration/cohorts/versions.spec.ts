import type { CohortDifferenceDto } from '../../../src/cohorts/cohort.dto.js';
import type { EvaluationDto } from '../../../src/cohorts/cohort-evaluation.dto.js';
import type { CohortPreviewDto } from '../../../src/cohorts/cohort.dto.js';
import type { CohortDto, CohortVersionDto } from '../../../src/cohorts/cohort.dto.js';
import { send } from '../../support/ingest.js';
import { startTestApp, type TestApp } from '../../support/test-app.js';
import { startTestStores, type TestStores } from '../../support/test-stores.js';

const buys = (at_least: number): object => ({ did: { event: 'buy', at_least } });

let stores: TestStores;
let app: TestApp;

beforeAll(async () => {
  stores = await startTestStores();
  app = await startTestApp(stores);
  const at = (user: string, day: number): object => ({ user, event: 'buy', time: `2020-01-0${day}T00:00:00Z` });
  await send(app, 'events', at('ann', 1), at('ann', 2), at('ann', 3), at('bob', 1), at('bob', 2), at('cem', 1));
});

afterAll(async () => {
  await app?.stop();
  await stores?.stop();
});

async function make(name: string, content: object): Promise<CohortDto> {
  const response = await app.call('POST', '/cohorts', { name, ...content });
  if (response.status !== 201) throw new Error(response.text);
  return response.json();
}

async function evaluate(cohort: string): Promise<EvaluationDto> {
  const response = await app.call('POST', `/cohorts/${cohort}/evaluations`);
  if (response.status !== 201) throw new Error(response.text);
  return response.json();
}

describe('versions', () => {
  const put = async (name: string, content: object): Promise<CohortDto> =>
    (await app.call('PUT', `/cohorts/${name}`, { name, ...content })).json();

  it('of many users differ by exactly those who came and went, page by page', async () => {
    const users = (from: number, to: number): string[] => Array.from({ length: to - from }, (_, i) => `u${from + i}`);
    await make('many', { static: { users: [...users(0, 70_000), 'é'] } });
    await put('many', { static: { users: [...users(3, 69_998), 'z', '\u{1F600}'] } });
    const seen: unknown[] = [];
    for (let query = '?limit=2'; query !== '';) {
      const page = (await app.call('GET', `/cohorts/many/difference${query}`)).json<CohortDifferenceDto>();
      expect(page).toMatchObject({ entered: 2, left: 6 });
      seen.push(...page.data.map(({ user, change }) => `${change} ${user}`));
      query = page.next_cursor === null ? '' : `?limit=2&cursor=${page.next_cursor}`;
    }
    const left = ['u0', 'u1', 'u2', 'u69998', 'u69999'].map((user) => `left ${user}`);
    expect(seen).toEqual([...left, 'entered z', 'left é', 'entered \u{1F600}']);
  });

  it('are made by another definition, not by the same in other words', async () => {
    await make('worded', { rule: { did_not: { event: 'buy' } } });
    expect((await put('worded', { rule: { not: { did: { event: ['buy'] } } } })).version).toBe(1);
    expect((await put('worded', { rule: buys(1) })).version).toBe(2);
    expect(await put('worded', { static: { users: ['ann'] } })).toMatchObject({ version: 3, kind: 'static', size: 1 });
    const versions = (await app.call('GET', '/cohorts/worded/versions')).json<{ data: CohortVersionDto[] }>().data;
    expect(versions.map(({ version, kind }) => [version, kind])).toEqual([
      [3, 'static'],
      [2, 'rule'],
      [1, 'rule'],
    ]);
    const page = (await app.call('GET', '/cohorts/worded/versions?limit=1')).json<{ next_cursor: string }>();
    const rest = (await app.call('GET', `/cohorts/worded/versions?cursor=${page.next_cursor}`)).json<{ data: [] }>();
    expect(rest.data).toHaveLength(2);
  });

  it('are compared by their members', async () => {
    await make('moving', { static: { users: ['ann', 'bob', 'old'] } });
    await put('moving', { static: { users: ['ann', 'bob', 'new 1', 'new 2'] } });
    const compare = async (query = ''): Promise<CohortDifferenceDto> =>
      (await app.call('GET', `/cohorts/moving/difference${query}`)).json();
    expect(await compare()).toEqual({
      from: 1,
      to: 2,
      entered: 2,
      left: 1,
      data: [
        { user: 'new 1', change: 'entered' },
        { user: 'new 2', change: 'entered' },
        { user: 'old', change: 'left' },
      ],
      next_cursor: null,
    });
    const page = await compare('?limit=2');
    expect((await compare(`?cursor=${page.next_cursor}`)).data).toEqual([{ user: 'old', change: 'left' }]);
    expect(await compare('?from=2&to=2')).toMatchObject({ entered: 0, left: 0, data: [] });
    expect(await compare('?from=2&to=1')).toMatchObject({ entered: 1, left: 2 });
    await put('moving', { rule: buys(2) });
    expect((await app.call('GET', '/cohorts/moving/difference')).status).toBe(409);
    await evaluate('moving');
    expect(await compare('?from=1')).toMatchObject({ from: 1, to: 3, entered: 0, left: 1 });
    expect((await app.call('GET', '/cohorts/moving/difference?from=9')).status).toBe(404);
    expect((await app.call('GET', '/cohorts/moving/difference?from=0')).status).toBe(400);
  });
});

describe('a preview', () => {
  const preview = async (content: object): Promise<CohortPreviewDto> => {
    const response = await app.call('POST', '/cohorts/preview', content);
    expect(response.status).toBe(200);
    return response.json();
  };

  it('says how many and who, and saves nothing', async () => {
    await make('repeaters', { rule: buys(2) });
    await make('late', { rule: { did: { event: 'buy', exactly: 1 } } });
    const before = (await app.call('GET', '/cohorts?limit=1000')).json<{ data: [] }>().data.length;
    expect(await preview({ rule: buys(3) })).toMatchObject({
      size: 1,
      sample: [{ user: 'ann' }],
      definition: { rule: { did: { event: ['buy'], at_least: 3 } }, universe: { all: true } },
    });
    expect((await preview({ name: 'a body to save', set: 'repeaters~late' })).size).toBe(3);
    expect((await preview({ rule: buys(1), universe: { users: ['bob', 'x'] } })).sample).toEqual([{ user: 'bob' }]);
    expect((await app.call('GET', '/cohorts?limit=1000')).json<{ data: [] }>().data).toHaveLength(before);
  });

  it('tells the true size of many, of whom it shows ten (T4)', async () => {
    const users = Array.from({ length: 30_000 }, (_, i) => `u${i}`);
    const [first, second] = [await preview({ static: { users } }), await preview({ static: { users } })];
    expect([first.size, first.sample.length]).toEqual([30_000, 10]);
    expect(second.sample).toEqual(first.sample);
  });

  it.each([{}, { rule: {} }, { set: 'x' }, { rule: buys(1), set: 'late' }, { rule: buys(1), nmae: 'x' }, []])(
    'is refused: %j',
    async (content) => {
      expect((await app.call('POST', '/cohorts/preview', content)).status).toBe(422);
    },
  );
});
