import { memberSetHash } from '../../support/member-set-hash.js';
import { PropertyEntity } from '../../../src/properties/property.entity.js';
import { startHttpApp, type HttpApp } from '../http/http-app.js';

interface Cohort {
  readonly id: string;
  readonly name: string;
  readonly version: number;
  readonly size: number;
  readonly hash: string;
  readonly tags: string[];
  readonly updated_at: string;
}

interface Members {
  readonly data: { user: string }[];
  readonly next_cursor: string | null;
}

const COHORTS = '/v1/properties/default/cohorts';

let http: HttpApp;

beforeAll(async () => {
  http = await startHttpApp();
});

afterAll(() => http.stop());

const post = (name: unknown, users: unknown, rest = {}) =>
  http.call<Cohort & { code: string; errors: { pointer: string }[] }>('POST', COHORTS, {
    name,
    static: { users },
    ...rest,
  });

async function members(cohort: string, query = ''): Promise<string[]> {
  const { body } = await http.call<Members>('GET', `${COHORTS}/${cohort}/members${query}`);
  return body.data.map(({ user }) => user);
}

describe('a static cohort', () => {
  it('is created, and shown by id and by name', async () => {
    const created = await post('january 97', ['b', 'a', 'b', 'ä', '😀', '\uffee'], { tags: ['x', 'y', 'x'] });
    expect(created.status).toBe(201);
    expect(created.body).toEqual({
      id: expect.stringMatching(/^coh_[0-9a-z]{26}$/),
      name: 'january 97',
      description: '',
      kind: 'static',
      version: 1,
      size: 5,
      hash: memberSetHash(['a', 'b', 'ä', '😀', '\uffee']).hash,
      definition: null,
      evaluation: null,
      tags: ['x', 'y'],
      archived_at: null,
      created_at: expect.stringMatching(/Z$/),
      updated_at: expect.stringMatching(/Z$/),
    });
    const [property] = await http.database.manager.findBy(PropertyEntity, { slug: 'default' });
    expect(created.headers['location']).toBe(`/v1/properties/${property!.id}/cohorts/${created.body.id}`);
    for (const named of [created.body.id, 'january%2097']) {
      expect((await http.call('GET', `${COHORTS}/${named}`)).body).toEqual(created.body);
    }
  });

  it('has its members in the order of their bytes', async () => {
    expect(await members('january%2097')).toEqual(['a', 'b', 'ä', '\uffee', '😀']);
  });

  it('may be empty', async () => {
    expect((await post('nobody', [])).body).toMatchObject({ size: 0, hash: memberSetHash([]).hash });
    expect(await members('nobody')).toEqual([]);
  });

  it('keeps ids as they are: line breaks, quotes, white space, 256 bytes', async () => {
    const users = ['a\nb', '"', ' ', '\\', '\u0001', "'; DROP TABLE x", 'é'.repeat(128)];
    expect((await post('odd', users)).status).toBe(201);
    expect(await members('odd')).toEqual(memberSetHash(users).users);
  });

  it('has the same hash for the same members, stored once', async () => {
    const first = await post('same 1', ['p', 'q']);
    const second = await post('same 2', ['q', 'p', 'q']);
    expect(second.body.hash).toBe(first.body.hash);
    const rows = await http.database.query('SELECT count(*)::int AS n FROM member_sets WHERE hash = $1', [
      first.body.hash,
    ]);
    expect(rows).toEqual([{ n: 1 }]);
  });

  it('takes 100,000 members', async () => {
    const users = Array.from({ length: 100_000 }, (_, i) => `u${i}`);
    expect((await post('many', users)).body).toMatchObject({ size: 100_000, hash: memberSetHash(users).hash });
    expect(await members('many', '?limit=3')).toEqual(['u0', 'u1', 'u10']);
  });

  it('is created once when its name is asked for at once', async () => {
    const answers = await Promise.all(['a', 'b', 'c', 'd'].map((user) => post('contested', [user])));
    expect(answers.map(({ status }) => status).sort()).toEqual([201, 409, 409, 409]);
    expect(answers.find(({ status }) => status === 409)?.body).toMatchObject({
      code: 'conflict',
      errors: [{ pointer: '/name' }],
    });
  });

  it('is gone after DELETE, and its name is free', async () => {
    const { body } = await post('short-lived', ['a']);
    const gone = await http.call('DELETE', `${COHORTS}/${body.id}`);
    expect([gone.status, gone.body]).toEqual([204, undefined]);
    for (const method of ['GET', 'DELETE'] as const) {
      expect((await http.call(method, `${COHORTS}/${body.id}`)).status).toBe(404);
    }
    expect((await http.call('GET', `${COHORTS}/${body.id}/members`)).status).toBe(404);
    expect((await post('short-lived', ['a'])).status).toBe(201);
  });
});

describe('PUT', () => {
  const put = (cohort: string, name: string, users: string[], tags?: string[]) =>
    http.call<Cohort & { code: string }>('PUT', `${COHORTS}/${cohort}`, {
      name,
      static: { users },
      ...(tags && { tags }),
    });

  it('makes a version of other members, and old versions stay as they were', async () => {
    const { body } = await post('versions', ['a', 'b']);
    const second = await put(body.id, 'versions', ['b', 'c']);
    expect([second.status, second.body.version, second.body.size]).toEqual([200, 2, 2]);
    expect(await members(body.id)).toEqual(['b', 'c']);
    expect(await members(body.id, '?version=1')).toEqual(['a', 'b']);
    expect((await http.call('GET', `${COHORTS}/${body.id}/members?version=3`)).status).toBe(404);
  });

  it('changes nothing when it says the same again', async () => {
    const { body } = await post('idempotent', ['a', 'b'], { tags: ['t'] });
    const again = await put(body.id, 'idempotent', ['b', 'a', 'a'], ['t']);
    expect(again.body).toEqual(body);
  });

  it('renames and labels without a new version', async () => {
    const { body } = await post('old name', ['a'], { tags: ['t'] });
    const renamed = await put('old%20name', 'new name', ['a'], []);
    expect(renamed.body).toMatchObject({ id: body.id, name: 'new name', version: 1, tags: [] });
    expect(renamed.body.updated_at > body.updated_at).toBe(true);
    expect((await http.call('GET', `${COHORTS}/old%20name`)).status).toBe(404);
  });

  it('keeps the description and the tags that it does not name', async () => {
    const labels = { tags: ['t'], description: 'who was there' };
    const { body } = await post('labelled', ['a'], labels);
    expect((await put(body.id, 'labelled', ['b'])).body).toMatchObject({ version: 2, ...labels });
    const emptied = { name: 'labelled', static: { users: ['b'] }, description: '' };
    const { body: without } = await http.call('PUT', `${COHORTS}/${body.id}`, emptied);
    expect(without).toMatchObject({ version: 2, tags: ['t'], description: '' });
  });

  it('refuses a name that another cohort has, and a cohort that does not exist', async () => {
    await post('taken', ['a']);
    const { body } = await post('wants to be taken', ['a']);
    expect((await put(body.id, 'taken', ['a'])).body.code).toBe('conflict');
    expect((await put('nothing', 'nothing', ['a'])).body.code).toBe('not_found');
  });

  it('numbers versions without gaps when many come at once', async () => {
    const { body } = await post('busy', ['a']);
    const answers = await Promise.all(['b', 'c', 'd', 'e'].map((user) => put(body.id, 'busy', [user])));
    expect(answers.map((answer) => answer.body.version).sort()).toEqual([2, 3, 4, 5]);
  });
});

describe('PATCH', () => {
  const patch = (cohort: string, body: object) =>
    http.call<Cohort & { code: string; errors: { pointer: string }[] }>('PATCH', `${COHORTS}/${cohort}`, body);

  it('changes what is given, and neither members nor version', async () => {
    const { body } = await post('plain', ['a'], { tags: ['t'], description: 'as it was' });
    const renamed = await patch('plain', { name: 'fancy' });
    expect(renamed.body).toMatchObject({ id: body.id, name: 'fancy', version: 1, tags: ['t'], hash: body.hash });
    expect((await patch(body.id, { description: '', tags: ['u', 'u'] })).body).toMatchObject({
      name: 'fancy',
      description: '',
      tags: ['u'],
    });
    expect((await patch(body.id, {})).body).toMatchObject({ name: 'fancy', tags: ['u'] });
    expect(await members(body.id)).toEqual(['a']);
  });

  it('refuses a taken name, other members, and who read another state', async () => {
    const { body } = await post('patched', ['a']);
    await post('in the way', ['a']);
    expect((await patch(body.id, { name: 'in the way' })).body.code).toBe('conflict');
    expect((await patch(body.id, { static: { users: ['b'] }, name: 'a&b' })).body.errors).toMatchObject([
      { pointer: '/static' },
      { pointer: '/name' },
    ]);
    expect((await patch('nothing', { name: 'x' })).status).toBe(404);
  });
});

describe('pages', () => {
  it('of members hold those whose id has a text in it, in any case, as files do', async () => {
    const { body } = await post('searched', ['Ärne', 'bÄr', 'bar', 'a_r', 'x']);
    const found = async (text: string): Promise<string[]> => {
      const query = `text=${encodeURIComponent(text)}`;
      const page = await http.call<Members>('GET', `${COHORTS}/${body.id}/members?limit=1&${query}`);
      const rest = `${COHORTS}/${body.id}/members?cursor=${page.body.next_cursor}&${query}`;
      const others = page.body.next_cursor === null ? [] : (await http.call<Members>('GET', rest)).body.data;
      const users = [...page.body.data, ...others].map(({ user }) => user);
      const headers = { authorization: `Bearer ${http.key}` };
      const file = await fetch(`${http.url}${COHORTS}/${body.id}/members?format=ndjson&${query}`, { headers });
      expect(await file.text()).toBe(users.map((user) => `${JSON.stringify({ user })}\n`).join(''));
      return users;
    };
    expect(await found('är')).toEqual(['bÄr', 'Ärne']);
    expect(await found('_')).toEqual(['a_r']);
    expect(await found('%')).toEqual([]);
    expect((await http.call('GET', `${COHORTS}/${body.id}/members?text=`)).status).toBe(400);
  });

  it('of members go on with the version they began with', async () => {
    const { body } = await post('paged', ['a', 'b', 'c', 'd', 'e']);
    const first = await http.call<Members>('GET', `${COHORTS}/${body.id}/members?limit=2`);
    expect(first.headers['link']).toBe(
      `<${COHORTS}/${body.id}/members?limit=2&cursor=${first.body.next_cursor}>; rel="next"`,
    );
    await http.call('PUT', `${COHORTS}/${body.id}`, { name: 'paged', static: { users: ['x', 'y', 'z'] } });
    const second = await http.call<Members>(
      'GET',
      `${COHORTS}/${body.id}/members?limit=2&cursor=${first.body.next_cursor}`,
    );
    const third = await http.call<Members>(
      'GET',
      `${COHORTS}/${body.id}/members?limit=2&cursor=${second.body.next_cursor}`,
    );
    const all = [first, second, third].flatMap((page) => page.body.data.map(({ user }) => user));
    expect(all).toEqual(['a', 'b', 'c', 'd', 'e']);
    expect([third.body.next_cursor, third.headers['link']]).toEqual([null, undefined]);
  });

  it('of cohorts hold each once', async () => {
    const seen: string[] = [];
    let query = '?limit=3';
    while (query !== '') {
      const { body } = await http.call<{ data: Cohort[]; next_cursor: string | null }>('GET', `${COHORTS}${query}`);
      seen.push(...body.data.map(({ name }) => name));
      query = body.next_cursor === null ? '' : `?limit=3&cursor=${body.next_cursor}`;
    }
    expect(new Set(seen).size).toBe(seen.length);
    expect(seen).toEqual(expect.arrayContaining(['january 97', 'nobody', 'paged']));
    const whole = await http.call<{ data: Cohort[] }>('GET', `${COHORTS}?limit=1000`);
    expect(whole.body.data.map(({ name }) => name)).toEqual(seen);
    const { body } = await post('shown as listed', ['a']);
    const after = await http.call<{ data: Cohort[] }>('GET', `${COHORTS}?limit=1000`);
    expect(after.body.data.at(-1)).toEqual(body);
  });

  it('are empty in a property without cohorts', async () => {
    await http.call('POST', '/v1/properties', { slug: 'bare' });
    const { body } = await http.call('GET', '/v1/properties/bare/cohorts');
    expect(body).toEqual({ data: [], next_cursor: null });
  });

  it.each([
    '?cursor=nonsense',
    '?cursor=WzFd',
    '?limit=0',
    '?version=0',
    '?version=x',
    '?version=1&version=2',
    '?page=2',
  ])('refuse %s', async (query) => {
    const { status, body } = await http.call('GET', `${COHORTS}/january%2097/members${query}`);
    expect([status, body['code']]).toEqual([400, 'invalid_parameter']);
  });
});
