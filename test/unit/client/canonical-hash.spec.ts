import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as fc from 'fast-check';
import { canonicalize } from 'json-canonicalize';
import { canonicalHash, canonicalJson, type Json } from '../../../packages/client/src/canonical-hash.js';
import { PACKAGE_ROOT } from '../../support/source-files.js';

const FILE = join(PACKAGE_ROOT, 'packages/client/request-hash-vectors.json');
const stored = JSON.parse(readFileSync(FILE, 'utf8')) as {
  readonly vectors: readonly { readonly name: string; readonly canonical: string; readonly hash: string }[];
};

describe("the client's hash of a canonical request", () => {
  it.each(stored.vectors)('$name', async ({ canonical, hash }) => {
    const shuffled = JSON.parse(canonical, (_key, value: unknown) => reversed(value)) as object;
    expect(canonicalJson(shuffled as Json)).toBe(canonical);
    expect(await canonicalHash(shuffled)).toBe(hash);
  });

  it('is over the JSON of RFC 8785', () => {
    fc.assert(
      fc.property(fc.jsonValue({ noUnicodeString: false }), (value) => {
        fc.pre(isExact(value));
        expect(canonicalJson(value as Json)).toBe(canonicalize(value));
      }),
    );
    // The example of RFC 8785, 3.2.3.
    const keys = { '\u20ac': 1, '\r': 2, '\ufb33': 3, '1': 4, '\ud83d\ude00': 5, '\u0080': 6, '\u00f6': 7 };
    expect(canonicalJson(keys)).toBe('{"\\r":2,"1":4,"\u0080":6,"\u00f6":7,"\u20ac":1,"\ud83d\ude00":5,"\ufb33":3}');
  });

  it.each([['\ud800'], [2 ** 53], [NaN], [Infinity], [undefined], [5n]])('refuses %p', async (value) => {
    await expect(canonicalHash({ value })).rejects.toThrow(TypeError);
  });
});

function reversed(value: unknown): unknown {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return value;
  return Object.fromEntries(Object.entries(value).reverse());
}

function isExact(value: unknown): boolean {
  if (typeof value === 'number') return !Number.isInteger(value) || Number.isSafeInteger(value);
  if (typeof value !== 'object' || value === null) return true;
  return Object.values(value).every(isExact);
}
