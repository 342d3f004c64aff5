import { CohortsService } from '../../../src/cohorts/cohorts.service.js';
import { memberSetHash } from '../../support/member-set-hash.js';
import { PropertyEntity } from '../../../src/properties/property.entity.js';
import { startHttpApp, type HttpApp } from '../http/http-app.js';

interface Cohort {
  readonly id: string;
  readonly hash: string;
}

interface Members {
  readonly data: { user: string }[];
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

describe('a body that is wrong', () => {
  const users = ['a'];
  it.each([
    [{ static: { users } }, 'invalid_field', '/name'],
    [{ name: 5, static: { users } }, 'invalid_field', '/name'],
    [{ name: '', static: { users } }, 'invalid_field', '/name'],
    [{ name: 'x'.repeat(201), static: { users } }, 'invalid_field', '/name'],
    [{ name: 'a&b', static: { users } }, 'invalid_field', '/name'],
    [{ name: 'all', static: { users } }, 'invalid_field', '/name'],
    [{ name: 'coh_01jd0a1b2c3d4e5f6g7h8j9k0m', static: { users } }, 'invalid_field', '/name'],
    [{ name: 'n' }, 'invalid_field', '/static'],
    [{ name: 'n', static: [] }, 'invalid_field', '/static'],
    [{ name: 'n', static: null }, 'invalid_field', '/static'],
    [{ name: 'n', static: {} }, 'invalid_field', '/static/users'],
    [{ name: 'n', static: { users: 'a' } }, 'invalid_field', '/static/users'],
    [{ name: 'n', static: { users: ['a', 1] } }, 'invalid_field', '/static/users/1'],
    [{ name: 'n', static: { users: ['a', ''] } }, 'invalid_field', '/static/users/1'],
    [{ name: 'n', static: { users: ['a', { b: 1 }] } }, 'invalid_field', '/static/users/1'],
    [{ name: 'n', static: { users: ['x'.repeat(257)] } }, 'invalid_field', '/static/users/0'],
    [{ name: 'n', static: { users, more: 1 } }, 'unknown_field', '/static/more'],
    [{ name: 'n', static: { users }, tags: 'x' }, 'invalid_field', '/tags'],
    [{ name: 'n', static: { users }, tags: [''] }, 'invalid_field', '/tags/0'],
    [[], 'invalid_field', ''],
    ['"text"', 'invalid_field', ''],
    [{ name: 'n', static: { users }, set: { and: [] } }, 'invalid_field', '/set'],
    [{ name: 'n', static: { users }, universe: 'x' }, 'unknown_field', '/universe'],
    [{ name: 'n', set: { and: ['nobody of that name'] } }, 'unknown_cohort', '/set/and/0'],
    [{ name: 'n', set: 'nobody&somebody' }, 'unknown_cohort', '/set'],
    [{ name: 'n', rule: { did: { at_least: 0 } } }, 'invalid_field', '/rule/did/at_least'],
    [{ name: 'n', rule: { did: {} }, universe: { users: [''] } }, 'invalid_field', '/universe/users/0'],
    [{ name: 'n', static: { users }, description: 5 }, 'invalid_field', '/description'],
    [{ name: 'n', static: { users }, description: 'x'.repeat(2001) }, 'invalid_field', '/description'],
    [{ name: 'n', upload: 'x' }, 'unknown_field', '/upload'],
  ])('is refused: %j', async (requested, code, pointer) => {
    const { status, body } = await http.call<{ code: string; errors: { pointer: string; detail: string }[] }>(
      'POST',
      COHORTS,
      requested,
    );
    expect([status, body.code]).toEqual([422, code]);
    expect(body.errors.map((error) => error.pointer)).toContain(pointer);
  });

  it('takes 100,000 users whose ids have 36 characters', async () => {
    const ids = Array.from({ length: 100_000 }, (_, i) => `00000000-0000-4000-8000-${String(i).padStart(12, '0')}`);
    expect(await post('of uuids', ids)).toMatchObject({ status: 201, body: { size: 100_000 } });
  });

  it('is refused past 100,000 users', async () => {
    const { status, body } = await post(
      'n',
      Array.from({ length: 100_001 }, () => 'a'),
    );
    expect([status, body.errors.map(({ pointer }) => pointer)]).toEqual([422, ['/static/users']]);
  });

  it('names twenty of a thousand wrong users', async () => {
    const { body } = await post(
      'n',
      Array.from({ length: 1_000 }, () => 0),
    );
    expect(body.errors.map(({ pointer }) => pointer)).toHaveLength(20);
  });
});

describe('the cohort of a request', () => {
  const resolve = async (cohort: unknown) => {
    const [property] = await http.database.manager.findBy(PropertyEntity, { slug: 'default' });
    return http.app.get(CohortsService, { strict: false }).resolve(property!, cohort);
  };

  it('is found by id and name, in its current version', async () => {
    const { body } = await post('asked for', ['a', 'b']);
    const found = {
      kind: 'members',
      setHash: body.hash,
      size: 2,
      id: body.id,
      name: 'asked for',
      version: 1,
      uses: [body.id],
    };
    expect(await resolve(body.id)).toEqual(found);
    expect(await resolve('asked for')).toEqual(found);
  });

  it('is saved when it is a list, and is then that of a cohort of the same members', async () => {
    const users = ['inline 1', 'inline 2'];
    const { hash } = memberSetHash(users);
    const inline = { kind: 'members', setHash: hash, size: 2, id: null, name: null, version: null, uses: [] };
    expect(await resolve({ users: [...users, 'inline 1'] })).toEqual(inline);
    expect((await post('saved later', users)).body.hash).toBe(hash);
    expect(await members('saved%20later')).toEqual(users);
    expect(await resolve({ user: 'one' })).toMatchObject({ size: 1, setHash: memberSetHash(['one']).hash });
  });

  it('may be everybody', async () => {
    expect(await resolve({ all: true })).toEqual({ kind: 'all', id: null, name: null, version: null });
  });

  it.each(['nothing of the kind', 'coh_01jd0a1b2c3d4e5f6g7h8j9k0m'])('is unknown: %s', async (named) => {
    await expect(resolve(named)).rejects.toMatchObject({ code: 'unknown_cohort', errors: [{ pointer: '/cohort' }] });
  });

  it('is not looked for in another property', async () => {
    await http.call('POST', '/v1/properties', { slug: 'bare' });
    const { body } = await http.call<Cohort>('POST', '/v1/properties/bare/cohorts', {
      name: 'bare only',
      static: { users: [] },
    });
    await expect(resolve('bare only')).rejects.toMatchObject({ code: 'unknown_cohort' });
    await expect(resolve(body.id)).rejects.toMatchObject({ code: 'unknown_cohort' });
    expect((await http.call('GET', `${COHORTS}/${body.id}`)).status).toBe(404);
  });
});
