import { isCohortId, parseCohort, parseCohortName } from '../../../../src/core/cohort/parse-cohort.js';
import { parseUserId } from '../../../../src/core/cohort/user-id.js';
import { refusal } from '../failing.js';

const ID = 'coh_01h455vb4pex5vsknk084sn02q';

describe('parseCohort', () => {
  it.each([
    [ID, { kind: 'id', id: ID }],
    ['january', { kind: 'name', name: 'january' }],
    ['coh_january', { kind: 'name', name: 'coh_january' }],
    [{ all: true }, { kind: 'all' }],
    [{ user: 'a' }, { kind: 'users', users: ['a'] }],
    [{ users: ['b', 'a', 'b'] }, { kind: 'users', users: ['b', 'a', 'b'] }],
    [{ users: [] }, { kind: 'users', users: [] }],
  ])('reads %j', (value, reference) => {
    expect(parseCohort(value, '/cohort')).toEqual(reference);
  });

  it.each([
    [undefined, 'invalid_field', '/cohort'],
    [5, 'invalid_field', '/cohort'],
    [['a'], 'invalid_field', '/cohort'],
    ['', 'invalid_field', '/cohort'],
    ['all', 'invalid_field', '/cohort'],
    ['january&buyers', 'invalid_field', '/cohort'],
    [{}, 'invalid_field', '/cohort'],
    [{ all: true, user: 'a' }, 'invalid_field', '/cohort'],
    [{ all: false }, 'invalid_field', '/cohort/all'],
    [{ user: '' }, 'invalid_field', '/cohort/user'],
    [{ users: 'a' }, 'invalid_field', '/cohort/users'],
    [{ users: ['a', 7] }, 'invalid_field', '/cohort/users/1'],
    [{ rule: { did: { event: 'purchase' } } }, 'unknown_field', '/cohort/rule'],
    [{ set: { and: ['a', 'b'] } }, 'unknown_field', '/cohort/set'],
  ])('refuses %j', (value, code, pointer) => {
    expect(refusal(() => parseCohort(value, '/cohort'))).toMatchObject({ code, status: 422, pointers: [pointer] });
  });

  it('limits an inline list, and stops counting bad ids', () => {
    expect(refusal(() => parseCohort({ users: Array.from({ length: 100_001 }, String) }, '/cohort')).code).toBe(
      'limit_exceeded',
    );
    expect(
      refusal(() => parseCohort({ users: Array.from({ length: 50_000 }, () => '') }, '/cohort')).pointers,
    ).toHaveLength(20);
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
