import { createHash } from 'node:crypto';
import * as fc from 'fast-check';
import { canonicalize } from 'json-canonicalize';
import { memberSetSteps } from '../../../../src/core/cohort/member-set-hash.js';
import { memberSetHash } from '../../../support/member-set-hash.js';

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

describe('memberSetHash', () => {
  it('is the SHA-256 of the JSON array of the members', () => {
    expect(memberSetHash(['b', 'a', 'b'])).toEqual({ hash: sha256('["a","b"]'), users: ['a', 'b'] });
    expect(memberSetHash([]).hash).toBe('4f53cda18c2baa0c0354bb5f9a3ecbe5ed12ab4d8e11ba873c2f11161202b945');
  });

  it('sorts by UTF-8 bytes, where UTF-16 order differs', () => {
    expect(memberSetHash(['😀', '\uff5e', 'z']).users).toEqual(['z', '\uff5e', '😀']);
  });

  it('names a set: order and repetition change nothing, a member does', () => {
    const id = fc.string({ unit: 'binary', minLength: 1, maxLength: 6 });
    fc.assert(
      fc.property(fc.array(id, { maxLength: 20 }), id, (users, other) => {
        const { hash, users: sorted } = memberSetHash(users);
        expect(memberSetHash([...users].reverse().concat(users)).hash).toBe(hash);
        expect(hash).toBe(sha256(canonicalize(sorted)));
        expect(sorted).toEqual([...sorted].sort((a, b) => Buffer.compare(Buffer.from(a), Buffer.from(b))));
        expect(memberSetHash([...users, other]).hash === hash).toBe(users.includes(other));
      }),
    );
  });

  it('sorts and hashes in pieces what it would whole, and stops in between', () => {
    const users = Array.from({ length: 25_001 }, (_, i) => String(i).padStart(6, '0'));
    // 7,919 has no divisor in common with 25,001.
    const mixed = [...users.map((_, i) => users[(i * 7919) % users.length] ?? ''), ...users.slice(0, 9_000)];
    expect(memberSetHash(mixed)).toEqual({ hash: sha256(JSON.stringify(users)), users });
    const steps = memberSetSteps(mixed);
    let stops = 0;
    while (!steps.next().done) stops += 1;
    expect(stops).toBeGreaterThan(mixed.length / 5_000);
  });
});
