import { namesUsers, withoutPeople } from '../../../../src/core/access/without-people.js';

const HASH = 'b29b6e7c2f6ac4d24f3a1c0e5dcb8e2b54c3f37c8ab51d1a84aaf3ddf2a0c6aa';

describe('an answer without people', () => {
  it.each([
    [{ hash: HASH }, { hash: null }],
    [{ hash: 'none' }, { hash: 'none' }],
    [{ cohort: { and: [{ members: HASH }, { all: true }] } }, { cohort: { and: [{ members: null }, { all: true }] } }],
    [{ members: 5 }, { members: 5 }],
    [{ users: { href: '/v1' } }, { users: null }],
    [{ users: 5 }, { users: 5 }],
    [
      { sample: [{ user: 'ann' }], size: 1 },
      { sample: null, size: 1 },
    ],
    [
      { type: 'text', first_seen: 'x', examples: ['ann'] },
      { type: 'text', first_seen: 'x', examples: [] },
    ],
    [
      [{ hash: HASH }, null, 'x', 1, true],
      [{ hash: null }, null, 'x', 1, true],
    ],
    [
      { eq: HASH, group: HASH },
      { eq: HASH, group: HASH },
    ],
  ])('of %j is %j', (answer, left) => {
    expect(withoutPeople(answer)).toEqual(left);
  });
});

describe('a cohort', () => {
  it.each([
    { users: ['a'] },
    { users: 'no list' },
    { user: null },
    { static: { users: [] } },
    { set: { and: ['pair', { members: 'f'.repeat(64) }] } },
    { set: { or: ['pair', { except: [{ all: true }, { user: 'a' }] }] } },
    { rule: { trait: 'x', eq: 1 }, universe: { users: ['a'] } },
  ])('names users: %j', (cohort) => expect(namesUsers(cohort)).toBe(true));

  it.each([
    null,
    'january',
    { all: true },
    { rule: { trait: 'users', eq: 'user' } },
    { set: { and: ['static', 'user'] } },
  ])('names none: %j', (cohort) => expect(namesUsers(cohort)).toBe(false));
});
