import { assert, constantFrom, nat, pre, property } from 'fast-check';
import { hashSecret } from '../../../src/access/hash-secret.js';
import { hintOf, isApiKey, newApiKey } from '../../../src/access/key-format.js';

describe('API keys', () => {
  it('have one shape, and are not repeated', () => {
    const keys = Array.from({ length: 200 }, newApiKey);
    expect(keys.filter((key) => /^muster_sk_[0-9A-Za-z]{49}$/.test(key) && isApiKey(key))).toHaveLength(200);
    expect(new Set(keys).size).toBe(200);
  });

  it('are told from every text with one character changed, added or taken away', () => {
    const key = newApiKey();
    assert(
      property(nat(key.length - 1), constantFrom(...'0aZz_ é'), (at, character) => {
        const changed = key.slice(0, at) + character + key.slice(at + 1);
        pre(changed !== key);
        expect(isApiKey(changed)).toBe(false);
        expect(isApiKey(key.slice(0, at) + character + key.slice(at))).toBe(false);
        expect(isApiKey(key.slice(0, at) + key.slice(at + 1))).toBe(false);
      }),
    );
  });

  it('are stored as SHA-256', () => {
    expect(hashSecret('abc')).toBe('ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad');
    expect(hintOf('abcdef')).toBe('cdef');
  });
});
