import { parseProvider } from '../../../../src/core/access/parse-provider.js';
import { parseReturnPath } from '../../../../src/core/access/parse-return-path.js';
import { parseTokenIssuer, roleOfClaim } from '../../../../src/core/access/parse-token-issuer.js';
import { decideSignUp, type Claims, type Known } from '../../../../src/core/access/sign-up.js';
import { refusal } from '../failing.js';

const PROVIDER = { name: 'a', issuer: 'https://login.example.org', client_id: 'muster' };
const BY_DOMAIN = { ...PROVIDER, domains: ['example.org'], sign_up: 'domain', role: 'viewer' };

describe('the body of a provider', () => {
  it('lets nobody sign up unless it says so', () => {
    expect(parseProvider(PROVIDER)).toEqual({
      name: 'a',
      issuer: 'https://login.example.org',
      clientId: 'muster',
      clientSecret: null,
      domains: [],
      signUp: 'closed',
      granted: null,
    });
  });

  it.each<[object, string]>([
    [{ ...PROVIDER, issuer: 'ftp://login.example.org' }, '/issuer'],
    [{ ...PROVIDER, issuer: 'https://login.example.org/?a=b' }, '/issuer'],
    [{ ...PROVIDER, issuer: 'https://login.example.org/#a' }, '/issuer'],
    [{ ...PROVIDER, issuer: 'https://user:pw@login.example.org' }, '/issuer'],
    [{ ...PROVIDER, issuer: 'https://login.example.org\\@evil.net' }, '/issuer'],
    [{ ...PROVIDER, issuer: ' https://login.example.org' }, '/issuer'],
    [{ ...PROVIDER, client_id: 'a\nb' }, '/client_id'],
    [{ ...PROVIDER, client_secret: '' }, '/client_secret'],
    [{ ...PROVIDER, domains: ['org'] }, '/domains/0'],
    [{ ...PROVIDER, domains: ['@example.org'] }, '/domains/0'],
    [{ ...PROVIDER, domains: ['*.example.org'] }, '/domains/0'],
    [{ ...PROVIDER, sign_up: 'open' }, '/sign_up'],
    [{ ...PROVIDER, sign_up: 'invitation' }, '/domains'],
    [{ ...PROVIDER, role: 'viewer' }, '/role'],
    [{ ...BY_DOMAIN, domains: [] }, '/domains'],
    [{ ...BY_DOMAIN, role: undefined }, '/role'],
    [{ ...PROVIDER, colour: 'red' }, '/colour'],
  ])('%j is refused at %s', (body, pointer) => {
    expect(refusal(() => parseProvider(body)).pointers).toEqual([pointer]);
  });

  it('of a change keeps what it does not name', () => {
    const { name: _, ...before } = { ...BY_DOMAIN, grants: null, properties: [] };
    expect(parseProvider({ name: 'b' }, before)).toMatchObject({
      signUp: 'domain',
      granted: { granted: { role: 'viewer' } },
    });
    expect(parseProvider({ name: 'b', grants: ['usage:read'] }, before).granted?.granted).toEqual({
      role: null,
      grants: ['usage:read'],
    });
    expect(parseProvider({ name: 'b', sign_up: 'closed' }, before).granted).toBeNull();
  });

  it('never repeats the secret', () => {
    const { detail } = refusal(() => parseProvider({ ...PROVIDER, client_secret: 'hidden\u00e9' }));
    expect(detail).not.toContain('hidden');
  });
});

describe('the path back', () => {
  it.each(['/', '/docs', '/docs?a=b#c', '/v1/session'])('%s is one', (path) => {
    expect(parseReturnPath(path)).toBe(path);
  });

  it.each([
    '',
    'docs',
    '//a.b',
    '/\\a.b',
    '\\/a.b',
    '/a\\b',
    '/.//a.b',
    'https://a.b',
    '/\u00e9',
    '/a b',
    '/\r\n',
    '/..//a.b',
  ])('%j is none', (path) => {
    expect(refusal(() => parseReturnPath(path)).code).toBe('invalid_parameter');
  });
});

describe('who becomes a member', () => {
  const claims: Claims = { issuer: 'i', subject: 's', email: 'ann@example.org', isVerified: true, name: null };
  const known = (person: Known['person'], isInvited = false): Known => ({ person, isInvited });
  const ours = ['example.org'];
  const refused = { refused: expect.any(String) };

  it.each<[string, Parameters<typeof decideSignUp>, unknown]>([
    ['a member by a provider of his domain', ['closed', ours, claims, known('member')], 'link'],
    ['a member of other accounts too', ['closed', ours, claims, known('shared')], refused],
    ['a member by another provider', ['closed', [], claims, known('member')], refused],
    [
      'a member whose address is not verified',
      ['closed', ours, { ...claims, isVerified: false }, known('member')],
      refused,
    ],
    ['nobody where it is closed', ['closed', ours, claims, known('none', true)], refused],
    ['somebody of the domain', ['domain', ours, claims, known('none')], 'join'],
    ['somebody of the domain who is invited', ['domain', ours, claims, known('none', true)], 'accept'],
    ['somebody of another domain', ['domain', ['example.com'], claims, known('none', true)], refused],
    ['somebody who was removed', ['domain', ours, claims, known('left')], refused],
    ['somebody who was removed and is invited', ['domain', ours, claims, known('left', true)], 'accept'],
    ['a person of another account', ['domain', ours, claims, known('elsewhere', true)], refused],
    ['who is invited', ['invitation', ours, claims, known('none', true)], 'accept'],
    ['who is invited, by a provider for no domain', ['invitation', [], claims, known('none', true)], refused],
    ['who was removed and is invited, by such a one', ['invitation', [], claims, known('left', true)], refused],
    [
      'who is invited by an address that is not verified',
      ['invitation', ours, { ...claims, isVerified: false }, known('none', true)],
      refused,
    ],
    ['who is not invited', ['invitation', ours, claims, known('none')], refused],
    ['who has no address', ['invitation', [], { ...claims, email: null }, known('none')], refused],
  ])('%s', (_, args, decision) => {
    expect(decideSignUp(...args)).toEqual(decision);
  });
});

describe('the body of an issuer of tokens', () => {
  const ISSUER = {
    name: 'a',
    issuer: 'https://login.example.org',
    jwks_uri: 'https://login.example.org/jwks',
    roles: [{ value: 'reader', role: 'viewer' }],
  };

  it('pins algorithms by keys of the issuer', () => {
    expect(parseTokenIssuer(ISSUER)).toMatchObject({
      audience: null,
      algorithms: ['RS256', 'ES256', 'EdDSA'],
      claim: 'muster_role',
    });
  });

  it.each<[object, string]>([
    [{ ...ISSUER, algorithms: ['HS256'] }, '/algorithms'],
    [{ ...ISSUER, algorithms: ['none'] }, '/algorithms'],
    [{ ...ISSUER, algorithms: [] }, '/algorithms'],
    [{ ...ISSUER, algorithms: ['RS256', 'RS256'] }, '/algorithms'],
    [{ ...ISSUER, jwks_uri: 'file:///etc/passwd' }, '/jwks_uri'],
    [{ ...ISSUER, roles: [] }, '/roles'],
    [{ ...ISSUER, roles: [{ value: 'a', role: 'root' }] }, '/roles/0/role'],
    [{ ...ISSUER, roles: [{ value: '', role: 'viewer' }] }, '/roles/0/value'],
    [{ ...ISSUER, audience: '' }, '/audience'],
  ])('%j is refused at %s', (body, pointer) => {
    expect(refusal(() => parseTokenIssuer(body)).pointers).toEqual([pointer]);
  });

  it('gives the strongest role of a claim, by exact values alone', () => {
    const roles = [
      { value: 'r', role: 'viewer' as const },
      { value: 'w', role: 'analyst' as const },
    ];
    const claims = ['r', ['r', 'w'], ['x'], 'x', undefined, null, {}, 5, 'R', ['r', 5]];
    expect(claims.map((claim) => roleOfClaim(roles, claim))).toEqual([
      'viewer',
      'analyst',
      null,
      null,
      null,
      null,
      null,
      null,
      null,
      'viewer',
    ]);
  });
});
