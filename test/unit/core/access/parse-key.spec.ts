import { parseKeyChanges, parseNewKey, parseOverlap } from '../../../../src/core/access/parse-key.js';
import { refusal } from '../failing.js';

const NOW = Date.parse('2026-01-01T00:00:00Z');
const SECRET = { name: 'a', role: 'viewer' };
const PUBLIC = { name: 'web', kind: 'public', property: 'shop', origins: ['https://example.org'] };

describe('the body of a key', () => {
  it('is a secret key in all properties unless it says otherwise', () => {
    expect(parseNewKey(SECRET, NOW)).toEqual({
      name: 'a',
      kind: 'secret',
      granted: { role: 'viewer', grants: null },
      properties: null,
      origins: null,
      expiresAt: null,
    });
  });

  it('takes grants in place of a role, distinct and in one order', () => {
    const { granted } = parseNewKey({ name: 'a', grants: ['people:read', 'events:write', 'people:read'] }, NOW);
    expect(granted).toEqual({ role: null, grants: ['events:write', 'people:read'] });
  });

  it('is of one property and its pages where it is public', () => {
    const origins = ['https://Example.org', 'http://localhost:8080', '*.example.org'];
    const key = parseNewKey({ ...PUBLIC, origins }, NOW);
    expect(key).toMatchObject({ granted: { role: null, grants: null }, properties: ['shop'] });
    expect(key.origins).toEqual(['https://example.org', 'http://localhost:8080', '*.example.org']);
  });

  it.each([
    [{ ...SECRET, name: '' }, '/name'],
    [{ name: 'a' }, '/role'],
    [{ ...SECRET, role: 'root' }, '/role'],
    [{ ...SECRET, grants: ['people:read'] }, '/grants'],
    [{ name: 'a', grants: [] }, '/grants'],
    [{ name: 'a', grants: ['people:read', 'people'] }, '/grants/1'],
    [{ ...SECRET, properties: [] }, '/properties'],
    [{ ...SECRET, properties: [5] }, '/properties/0'],
    [{ ...SECRET, kind: 'secretive' }, '/kind'],
    [{ ...SECRET, expires_at: '2025-12-31T00:00:00Z' }, '/expires_at'],
    [{ ...PUBLIC, property: undefined }, '/property'],
    [{ ...PUBLIC, origins: [] }, '/origins'],
  ])('is refused as %j', (body, pointer) => {
    expect(refusal(() => parseNewKey(body, NOW))).toMatchObject({ code: 'invalid_field', pointers: [pointer] });
  });

  it.each([
    [{ ...SECRET, origins: ['https://a.org'] }, '/origins'],
    [{ ...SECRET, property: 'shop' }, '/property'],
    [{ ...PUBLIC, role: 'viewer' }, '/role'],
    [{ ...PUBLIC, grants: ['people:read'] }, '/grants'],
  ])('has no field of the other kind: %j', (body, pointer) => {
    expect(refusal(() => parseNewKey(body, NOW))).toMatchObject({ code: 'unknown_field', pointers: [pointer] });
  });
});

describe('an origin', () => {
  it.each([
    'example.org',
    'https://example.org/',
    'https://example.org/a',
    'https://u:p@a.org',
    '*',
    '*.org',
    'null',
    '*.a.b c',
  ])('is not %s', (origin) => {
    const refused = refusal(() => parseNewKey({ ...PUBLIC, origins: [origin] }, NOW));
    expect(refused).toMatchObject({ code: 'invalid_field', pointers: ['/origins/0'] });
  });
});

describe('a change of a key', () => {
  it('leaves what is absent', () => {
    expect(parseKeyChanges({}, 'secret', NOW)).toEqual({});
    expect(parseKeyChanges({ name: 'b', properties: null, expires_at: null }, 'secret', NOW)).toEqual({
      name: 'b',
      properties: null,
      expiresAt: null,
    });
  });

  it('puts grants in place of a role, and the other way round', () => {
    expect(parseKeyChanges({ grants: ['people:read'] }, 'secret', NOW)).toEqual({
      granted: { role: null, grants: ['people:read'] },
    });
    expect(parseKeyChanges({ role: 'admin' }, 'secret', NOW)).toEqual({ granted: { role: 'admin', grants: null } });
  });

  it('makes no public key of a secret one', () => {
    expect(refusal(() => parseKeyChanges({ kind: 'public' }, 'secret', NOW)).code).toBe('unknown_field');
    expect(refusal(() => parseKeyChanges({ role: 'admin' }, 'public', NOW)).code).toBe('unknown_field');
  });
});

describe('a rotation', () => {
  it.each([
    [undefined, 86_400_000],
    [{}, 86_400_000],
    [{ overlap: 'PT0S' }, 0],
    [{ overlap: 'P90D' }, 90 * 86_400_000],
  ])('%j takes the old secret %d ms longer', (body, ms) => {
    expect(parseOverlap(body)).toBe(ms);
  });

  it.each([[{ overlap: 'P91D' }], [{ overlap: 'P1M' }], [{ overlap: 5 }], [{ until: 'P1D' }]])('refuses %j', (body) => {
    expect(refusal(() => parseOverlap(body)).status).toBe(422);
  });
});
