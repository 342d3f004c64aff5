import {
  accessTo,
  grantsIn,
  grantsSomewhere,
  lackOf,
  missingOf,
  propertiesWith,
} from '../../../../src/core/access/access.js';
import { GRANTS, grantSet, MODULES, type Grant } from '../../../../src/core/access/grants.js';
import { GRANTS_OF, ROLES } from '../../../../src/core/access/roles.js';

const role = (name: (typeof ROLES)[number], properties: string[] | null = null) =>
  accessTo({ role: name, grants: null }, properties);
const some = (grants: Grant[], properties: string[] | null = null) => accessTo({ role: null, grants }, properties);

describe('grants', () => {
  it('are read and write of every module, and write includes read', () => {
    expect(GRANTS).toHaveLength(2 * MODULES.length);
    expect([...grantSet(['people:write'])].toSorted()).toEqual(['people:read', 'people:write']);
    expect([...grantSet(['people:read'])]).toEqual(['people:read']);
  });
});

describe('roles', () => {
  it('see no single user as a viewer, and read nothing but what was sent as a collector', () => {
    expect(GRANTS_OF.viewer.has('people:read')).toBe(false);
    expect([...GRANTS_OF.viewer].every((grant) => grant.endsWith(':read'))).toBe(true);
    expect([...GRANTS_OF.collector].map((grant) => grant.split(':')[0])).not.toContain('requests');
  });

  it('hold everything as an owner or admin, of whom the one is an owner', () => {
    expect(missingOf(GRANTS_OF.admin, GRANTS)).toBeNull();
    expect([role('owner').isOwner, role('admin').isOwner, role('owner', ['p']).isOwner]).toEqual([true, false, false]);
  });
});

describe('access', () => {
  it('to the account holds in all properties', () => {
    expect(grantsIn(role('viewer'), 'any')).toBe(GRANTS_OF.viewer);
    expect(propertiesWith(role('viewer'), 'property:read')).toBeNull();
  });

  it('to single properties holds in no other, and means nothing for the account', () => {
    const access = role('admin', ['a', 'b']);
    expect(grantsIn(access, 'c')).toBeNull();
    expect(grantsIn(access, 'a')?.has('property:write')).toBe(true);
    expect(grantsSomewhere(access).has('keys:read')).toBe(false);
    expect(propertiesWith(access, 'property:read')).toEqual(['a', 'b']);
    expect(propertiesWith(some(['events:write'], ['a']), 'property:read')).toEqual([]);
  });

  it('is the stronger of both where both are given', () => {
    const both = { isOwner: false, account: grantSet(['cohorts:read']), properties: role('analyst', ['a']).properties };
    expect(grantsIn(both, 'a')?.has('people:read')).toBe(true);
    expect([...(grantsIn(both, 'b') ?? [])]).toEqual(['cohorts:read']);
    const weaker = { ...both, properties: some(['events:read'], ['a']).properties };
    expect(grantsIn(weaker, 'a')?.has('cohorts:read')).toBe(true);
  });

  it.each([
    ['an admin makes an owner', role('admin'), role('owner'), 'owner'],
    ['an owner makes an admin', role('owner'), role('admin'), null],
    ['more than he has', some(['keys:write']), some(['keys:write', 'people:read']), 'people:read'],
    ['the same', some(['keys:write']), some(['keys:write']), null],
    ['read by who writes', some(['cohorts:write']), some(['cohorts:read']), null],
    ['for the account by who has a property', role('admin', ['a']), some(['cohorts:read']), 'cohorts:read'],
    ['in another property', role('admin', ['a']), some(['cohorts:read'], ['b']), 'cohorts:read'],
    ['in his property', role('admin', ['a']), role('viewer', ['a']), null],
    ['in a property by who has the account', role('analyst'), role('viewer', ['b']), null],
  ])('tells what is lacking: %s', (_, access, other, lack) => {
    expect(lackOf(access, other)).toBe(lack);
  });
});
