import { requestHash, type CanonicalRequest } from '../../../../src/core/request/canonical-request.js';
import { refusal } from '../failing.js';
import { canonicalOf } from './planning.js';

const canonical = canonicalOf({});
const holding = (value: unknown): CanonicalRequest => ({
  ...canonical,
  params: { ...canonical.params, value: value as string },
});

describe('requestHash', () => {
  it.each(['\ud800', 'a\udfff', 2 ** 53, -(2 ** 53), 1e300, NaN, Infinity, undefined, 5n])(
    'refuses %p, which has no one JSON form',
    (value) => {
      expect(refusal(() => requestHash(holding(value)))).toMatchObject({
        code: 'invalid_field',
        pointers: ['/params/value'],
      });
    },
  );

  it('hashes numbers by value', () => {
    expect(requestHash(holding(1.0))).toBe(requestHash(holding(1)));
    expect(requestHash(holding(-0))).toBe(requestHash(holding(0)));
    expect(requestHash(holding(2 ** 53 - 1))).not.toBe(requestHash(holding(2 ** 53 - 2)));
  });

  it('does not mind one object in two places', () => {
    const test = { property: 'x', eq: 1 } as const;
    const copy = { ...test };
    const request = (first: object, second: object): CanonicalRequest =>
      holding([first, ...Array.from({ length: 9 }, () => 0), second]);
    expect(requestHash(request(test, test))).toBe(requestHash(request(test, copy)));
  });

  it('hangs on the version of the meanings', () => {
    expect(requestHash({ ...canonical, semantics_version: 1 })).not.toBe(requestHash(canonical));
  });
});
