import { isCohortId, parseCohortName } from '../../../../src/core/cohort/cohort-name.js';
import { parseCohort } from '../../../../src/core/cohort/parse-cohort.js';
import { parseUserId } from '../../../../src/core/cohort/user-id.js';
import { refusal } from '../failing.js';

const ID = 'coh_01h455vb4pex5vsknk084sn02q';
const HASH = '0123456789abcdef'.repeat(4);
const read = (value: unknown) => parseCohort(value, '/cohort', 'Europe/Berlin');
const named = (text: string, pointer = '/cohort') => ({ named: text, pointer });

/** `{"and": [{"and": [... rule ...]}]}`, so many levels deep. */
function nested(levels: number, join: string, innermost: unknown): unknown {
  let value = innermost;
  for (let level = 1; level < levels; level += 1) value = { [join]: [value] };
  return value;
}

describe('parseCohort', () => {
  it.each([
    [ID, named(ID)],
    ['january', named('january')],
    ['coh_january', named('coh_january')],
    [{ all: true }, { all: true }],
    [{ user: 'a' }, { users: ['a'] }],
    [{ users: ['b', 'a', 'b'] }, { users: ['b', 'a', 'b'] }],
    [{ users: [] }, { users: [] }],
    [{ members: HASH }, { stored: HASH, pointer: '/cohort/members' }],
    [{ set: { or: [{ members: HASH }] } }, { stored: HASH, pointer: '/cohort/set/or/0/members' }],
    [{ set: 'a&b' }, { set: { and: [named('a', '/cohort/set'), named('b', '/cohort/set')] } }],
    ['all', { all: true }],
    [{ set: 'all' }, { all: true }],
    [{ set: { except: ['all', 'a'] } }, { set: { except: [{ all: true }, named('a', '/cohort/set/except/1')] } }],
    [{ set: { and: ['a'] } }, named('a', '/cohort/set/and/0')],
    [
      { rule: { did: {} } },
      { rule: { did: { event: null, where: null, at_least: 1, within: null } }, universe: { all: true } },
    ],
  ])('reads %j', (value, cohort) => {
    expect(read(value)).toEqual(cohort);
  });

  it.each([
    [undefined, 'invalid_field', '/cohort'],
    [5, 'invalid_field', '/cohort'],
    [['a'], 'invalid_field', '/cohort'],
    ['', 'invalid_field', '/cohort'],
    ['january&', 'invalid_field', '/cohort'],
    ['~january', 'invalid_field', '/cohort'],
    ['(january', 'invalid_field', '/cohort'],
    ['january)', 'invalid_field', '/cohort'],
    ['january(buyers)', 'invalid_field', '/cohort'],
    ['()', 'invalid_field', '/cohort'],
    ['a&&b', 'invalid_field', '/cohort'],
    [`a&${'x'.repeat(201)}`, 'invalid_field', '/cohort'],
    [{}, 'invalid_field', '/cohort'],
    [{ everybody: true }, 'unknown_field', '/cohort/everybody'],
    [{ all: true, user: 'a' }, 'invalid_field', '/cohort'],
    [{ all: false }, 'invalid_field', '/cohort/all'],
    [{ user: '' }, 'invalid_field', '/cohort/user'],
    [{ users: 'a' }, 'invalid_field', '/cohort/users'],
    [{ users: ['a', 7] }, 'invalid_field', '/cohort/users/1'],
    [{ users: ['a'], universe: 'b' }, 'unknown_field', '/cohort/universe'],
    [{ members: [] }, 'invalid_field', '/cohort/members'],
    [{ members: HASH.toUpperCase() }, 'invalid_field', '/cohort/members'],
    [{ members: HASH, users: ['a'] }, 'invalid_field', '/cohort'],
    [{ set: [] }, 'invalid_field', '/cohort/set'],
    [{ set: {} }, 'invalid_field', '/cohort/set'],
    [{ set: { and: [] } }, 'invalid_field', '/cohort/set/and'],
    [{ set: { and: 'a' } }, 'invalid_field', '/cohort/set/and'],
    [{ set: { and: ['a'], or: ['b'] } }, 'invalid_field', '/cohort/set'],
    [{ set: { not: ['a'] } }, 'unknown_field', '/cohort/set/not'],
    [{ set: { or: ['a', 5] } }, 'invalid_field', '/cohort/set/or/1'],
    [{ rule: null }, 'invalid_field', '/cohort/rule'],
    [{ rule: { did: { event: 'e' } }, universe: 7 }, 'invalid_field', '/cohort/universe'],
  ])('refuses %j', (value, code, pointer) => {
    expect(refusal(() => read(value))).toMatchObject({ code, status: 422, pointers: [pointer] });
  });

  it('limits inline lists, all together, and stops counting bad ids', () => {
    const users = Array.from({ length: 60_000 }, String);
    expect(refusal(() => read({ users: Array.from({ length: 100_001 }, String) })).code).toBe('limit_exceeded');
    expect(refusal(() => read({ set: { or: [{ users }, { users }] } })).code).toBe('limit_exceeded');
    expect(refusal(() => read({ users: Array.from({ length: 50_000 }, () => '') })).pointers).toHaveLength(20);
  });

  it('limits depth and size', () => {
    const rule = { did: { event: 'e' } };
    expect(() => read({ rule: nested(16, 'and', rule) })).not.toThrow();
    expect(refusal(() => read({ rule: nested(17, 'and', rule) }))).toMatchObject({ code: 'limit_exceeded' });
    expect(refusal(() => read(`${'('.repeat(17)}a${')'.repeat(17)}`)).code).toBe('limit_exceeded');
    expect(refusal(() => read(`${'('.repeat(50_000)}`)).code).toBe('limit_exceeded');
    expect(refusal(() => read(Array.from({ length: 501 }, (_, i) => `c${i}`).join('~'))).code).toBe('limit_exceeded');
    expect(refusal(() => read({ rule: { or: Array.from({ length: 501 }, () => rule) } })).code).toBe('limit_exceeded');
  });
});

describe('an expression', () => {
  const sets = (text: string) =>
    JSON.parse(JSON.stringify(read(text), (key, item) => (key === 'pointer' ? undefined : item)));
  const [a, b, c] = ['a', 'b', 'c'].map((one) => ({ named: one }));

  it('binds & tighter than ~, and parentheses tighter than both', () => {
    expect(sets('a&b~c')).toEqual({ set: { or: [c, { set: { and: [a, b] } }] } });
    expect(sets('a~b&c')).toEqual({ set: { or: [a, { set: { and: [b, c] } }] } });
    expect(sets('a&(b~c)')).toEqual({ set: { and: [a, { set: { or: [b, c] } }] } });
  });

  it('takes white space around names, ids and everybody', () => {
    expect(sets(`  a  & ${ID}~ all `)).toEqual(sets(`a&${ID}~all`));
    expect(sets('new users&a')).toEqual({ set: { and: [a, { named: 'new users' }] } });
  });

  it('is the same in another order, or with more parentheses', () => {
    expect(sets('b&a&a')).toEqual(sets('(a)&((b))'));
    expect(sets('a&(b&c)')).toEqual(sets('a&b&c'));
  });
});

describe('parseCohortName', () => {
  it('takes 1 to 200 characters', () => {
    expect(parseCohortName('Käufer 1997 / März', '/name')).toBe('Käufer 1997 / März');
    expect(parseCohortName('😀'.repeat(200), '/name')).toHaveLength(400);
  });

  it.each(['', 'x'.repeat(201), 'a&b', 'a~b', 'a(', ')', 'all', ID, 'a\0', '\ud800', 5, null])('refuses %p', (name) => {
    expect(refusal(() => parseCohortName(name, '/name'))).toMatchObject({ code: 'invalid_field', pointers: ['/name'] });
  });

  it('knows the form of an id', () => {
    expect([ID, 'coh_x', `${ID}0`, ID.toUpperCase()].map(isCohortId)).toEqual([true, false, false, false]);
  });
});

describe('parseUserId', () => {
  it('counts bytes of UTF-8 and changes nothing', () => {
    expect(parseUserId(' a ', '/user')).toBe(' a ');
    expect(parseUserId('😀'.repeat(64), '/user')).toHaveLength(128);
    expect(parseUserId('x'.repeat(256), '/user')).toHaveLength(256);
  });

  it.each(['', 'x'.repeat(257), '😀'.repeat(64) + 'a', 'ä'.repeat(129), 'a\0', 'a\ud800', 1, null, {}])(
    'refuses %p',
    (id) => {
      expect(refusal(() => parseUserId(id, '/user'))).toMatchObject({
        code: 'invalid_field',
        status: 422,
        pointers: ['/user'],
      });
    },
  );
});
