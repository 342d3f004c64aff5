import * as fc from 'fast-check';
import { memberSetHash } from '../../support/member-set-hash.js';
import { startHttpApp, type HttpApp } from '../http/http-app.js';

interface Cohort {
  readonly version: number;
  readonly size: number;
  readonly hash: string;
  readonly code?: string;
}

const COHORTS = '/v1/properties/default/cohorts';

let http: HttpApp;

beforeAll(async () => {
  http = await startHttpApp();
});

afterAll(() => http.stop());

const make = (name: string, users: readonly string[]) =>
  http.call<Cohort>('POST', COHORTS, { name, static: { users } });

const change = (name: string, changes: unknown) => http.call<Cohort>('POST', `${COHORTS}/${name}/members`, changes);

async function members(name: string, query = ''): Promise<string[]> {
  const { body } = await http.call<{ data: { user: string }[] }>(
    'GET',
    `${COHORTS}/${name}/members?limit=1000${query}`,
  );
  return body.data.map(({ user }) => user);
}

describe('POST of members', () => {
  it('makes a version with some more and some fewer, and the old one stays', async () => {
    await make('list', ['b', 'a', 'é']);
    const { status, body } = await change('list', { add: ['c', 'a', '😀', 'c'], remove: ['b', 'nobody'] });
    const users = ['a', 'c', 'é', '😀'];
    expect([status, body]).toMatchObject([200, { version: 2, size: 4, hash: memberSetHash(users).hash }]);
    expect([await members('list'), await members('list', '&version=1')]).toEqual([users, ['a', 'b', 'é']]);
    expect((await change('list', { add: ['a'], remove: ['x'] })).body).toMatchObject({ version: 2, size: 4 });
    expect((await change('list', { remove: users })).body).toMatchObject({ version: 3, size: 0 });
    expect(await members('list')).toEqual([]);
  });

  it('has the hash of the members, whatever came and went', async () => {
    const user = fc.constantFrom('a', 'b', 'c', 'é', '\uffee', '😀', 'zz', ' ');
    const users: fc.Arbitrary<string[]> = fc.uniqueArray(user);
    await make('random', []);
    let now = new Set<string>();
    await fc.assert(
      fc.asyncProperty(users, users, async (add, removed) => {
        const remove = removed.filter((one) => !add.includes(one));
        now = new Set([...[...now].filter((one) => !remove.includes(one)), ...add]);
        const { body } = await change('random', { add, remove });
        const expected = memberSetHash([...now]);
        expect([body.hash, body.size, await members('random')]).toEqual([expected.hash, now.size, expected.users]);
      }),
      { numRuns: 25 },
    );
  });

  it('takes a list in pieces', async () => {
    const users = Array.from({ length: 100_000 }, (_, i) => `u${i}`);
    const more = Array.from({ length: 60_000 }, (_, i) => `w${i}`);
    await make('long', users);
    const { body } = await change('long', { add: [...more, 'u5x', 'a'], remove: ['u0', 'u99999'] });
    const expected = [...users.slice(1, -1), ...more, 'u5x', 'a'];
    expect(body).toMatchObject({ size: 160_000, hash: memberSetHash(expected).hash });
    expect((await members('long')).slice(0, 3)).toEqual(['a', 'u1', 'u10']);
  });

  it('loses none of many at once', async () => {
    await make('busy', ['0']);
    const answers = await Promise.all(['1', '2', '3', '4', '5'].map((user) => change('busy', { add: [user] })));
    expect(answers.map(({ body }) => body.version).sort()).toEqual([2, 3, 4, 5, 6]);
    expect(await members('busy')).toEqual(['0', '1', '2', '3', '4', '5']);
  });

  it('is refused for a rule, and for what is no change', async () => {
    await http.call('POST', COHORTS, { name: 'a rule', rule: { did: { event: 'e' } } });
    await make('plain', ['a']);
    const codes = await Promise.all([
      change('a%20rule', { add: ['a'] }),
      change('nothing', { add: ['a'] }),
      change('plain', {}),
      change('plain', { add: 'a' }),
      change('plain', { add: [''] }),
      change('plain', { add: ['a'], remove: ['a'] }),
      change('plain', { add: ['a'], users: [] }),
    ]);
    expect(codes.map(({ status }) => status)).toEqual([422, 404, 422, 422, 422, 422, 422]);
  });
});
