import type { RawRequest } from '../../../../src/core/request/raw-request.js';
import { validUntil, type ValidityFacts } from '../../../../src/core/request/freshness.js';
import { canonicalOf } from './planning.js';

const NONE: ValidityFacts = { nextChangeMs: null, laterEvents: false, nextRegistrationMs: null };
const until = (changes: RawRequest, asOfMs: number, facts: Partial<ValidityFacts> = {}): number | null =>
  validUntil(canonicalOf(changes), asOfMs, { ...NONE, ...facts });
const fixed = { kind: 'fixed', from: '1970-01-02', to: '1970-01-04' };
const [FROM, TO] = [86_400_000, 3 * 86_400_000];

describe('validUntil', () => {
  it('is never when as_of is given, whatever lies ahead', () => {
    const facts = { nextChangeMs: 5, laterEvents: true, nextRegistrationMs: 5 };
    expect(until({ as_of: '1998-07-01', window: fixed }, 0, facts)).toBeNull();
  });

  it('is at once when an event lies at or after as_of', () => {
    expect(until({}, 1_000, { laterEvents: true, nextChangeMs: 2_000 })).toBe(1_000);
  });

  it('is the first that lies ahead: a window that begins or ends, a registration', () => {
    expect(until({}, 1_000, {})).toBeNull();
    expect(until({}, 1_000, { nextChangeMs: 3_000 })).toBe(3_000);
    expect(until({}, 1_000, { nextChangeMs: 3_000, nextRegistrationMs: 2_000 })).toBe(2_000);
    expect(until({}, 1_000, { nextRegistrationMs: 1_000 })).toBe(1_000);
  });

  it('knows the bounds of a fixed window, users or not', () => {
    expect(until({ window: fixed }, 0)).toBe(FROM);
    expect(until({ window: fixed }, FROM)).toBe(FROM);
    expect(until({ window: fixed }, FROM + 1)).toBe(TO);
    expect(until({ window: fixed }, TO + 1)).toBeNull();
    expect(until({ window: fixed }, FROM + 1, { nextChangeMs: FROM + 5 })).toBe(FROM + 5);
  });

  it('is at once where a filter compares with a time that moves with as_of', () => {
    const where = { property: 'renewed', after: { last: 'P30D' } };
    const birth = { kind: 'first_event', where: { not: where } };
    const window = { kind: 'since_birth', length: 'P1D' };
    expect(until({ params: { where } }, 1_000)).toBe(1_000);
    expect(until({ window, birth }, 1_000)).toBe(1_000);
    const cohort = { rule: { trait: 'renewed', before: { last: 'P30D' } }, universe: { all: true } } as const;
    expect(validUntil({ ...canonicalOf({}), cohort }, 1_000, NONE)).toBe(1_000);
    expect(until({ params: { where: { property: 'renewed', after: '2026-02-01' } } }, 1_000)).toBeNull();
  });

  it('of survival follows the window in which it looks', () => {
    expect(until({ metric: 'survival', window: fixed }, FROM)).toBe(TO);
    expect(until({ metric: 'survival', window: fixed }, TO + 1)).toBeNull();
    expect(until({ metric: 'survival', params: { sunset: 'P1D' }, window: fixed }, TO + 1)).toBe(TO + 86_400_000);
  });
});
