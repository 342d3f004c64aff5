import { metric as builtIn } from '../../../../src/core/metric/catalogue.js';
import { parseParams } from '../../../../src/core/metric/parse-params.js';
import { ACTIVITIES } from '../../../../src/core/metric/rolling-active.js';
import type { RawRequest } from '../../../../src/core/request/raw-request.js';
import type { CanonicalRequest } from '../../../../src/core/request/canonical-request.js';
import { observedTo } from '../../../../src/core/request/planned-window.js';
import { planRun } from '../../../../src/core/request/plan-run.js';
import { readsOf, validUntil } from '../../../../src/core/request/freshness.js';
import { refusal } from '../failing.js';
import { plan } from '../request/planning.js';

const ASKED: RawRequest = { cohort: 'january', metric: 'rolling_active' };
const DAY_MS = 86_400_000;
const AS_OF_MS = 1_000 * DAY_MS;
const START = { propertyNumber: 1, dataVersion: 1, asOfMs: AS_OF_MS };
const SETTLED = { unknownUsers: false, usersWithoutBirth: false };

const parse = (value: unknown): unknown => parseParams(builtIn('rolling_active'), value, '/params');
const canonicalOf = (changes: RawRequest): CanonicalRequest => plan({ ...ASKED, ...changes }).canonical;

describe('the parameters of rolling_active', () => {
  it('have the documented defaults', () => {
    expect(parse({})).toEqual({ event: null, where: null, kind: 'active', n: 5, u: 'P30D', exclude: null });
  });

  it('are made canonical, and kept as they are when parsed again', () => {
    const requested = {
      event: 'edit',
      kind: 'reactivated',
      n: 1,
      u: 'P1W',
      exclude: { or: [{ trait: 'bot', in: [true] }] },
    };
    const params = parse(requested);
    expect(params).toEqual({
      event: ['edit'],
      where: null,
      kind: 'reactivated',
      n: 1,
      u: 'P7D',
      exclude: { trait: 'bot', eq: true },
    });
    expect(parse(params)).toEqual(params);
  });

  it.each([
    [{ kind: 'old' }, 'invalid_field', '/params/kind'],
    [{ kind: 5 }, 'invalid_field', '/params/kind'],
    [{ kind: ['new'] }, 'invalid_field', '/params/kind'],
    [{ n: 0 }, 'invalid_field', '/params/n'],
    [{ n: 1.5 }, 'invalid_field', '/params/n'],
    [{ n: '5' }, 'invalid_field', '/params/n'],
    [{ n: 1_000_001 }, 'invalid_field', '/params/n'],
    [{ u: 'P1M' }, 'invalid_time', '/params/u'],
    [{ u: 'PT0S' }, 'invalid_time', '/params/u'],
    [{ u: 'month' }, 'invalid_time', '/params/u'],
    [{ u: 30 }, 'invalid_field', '/params/u'],
    [{ exclude: true }, 'invalid_field', '/params/exclude'],
    [{ exclude: [] }, 'invalid_field', '/params/exclude'],
    [{ exclude: {} }, 'invalid_filter', '/params/exclude'],
    [{ exclude: { property: 'bot', eq: true } }, 'unknown_field', '/params/exclude/property'],
    [{ exclude: { not: { property: 'bot', eq: true } } }, 'unknown_field', '/params/exclude/not/property'],
    [{ exclude: { trait: 'bot', eq: null } }, 'invalid_filter', '/params/exclude/eq'],
    [{ where: { trait: 'bot', eq: true } }, 'unknown_field', '/params/where/trait'],
    [{ t: 'P1D' }, 'unknown_field', '/params/t'],
  ])('are refused: %j', (value, code, pointer) => {
    expect(refusal(() => parse(value))).toMatchObject({ code, status: 422, pointers: [pointer] });
  });

  it('are refused with what is right', () => {
    expect(refusal(() => parse({ kind: 'old' })).detail).toMatch(/`surviving_new`, `recurring_old` and `reactivated`/);
  });
});

describe('a request for rolling_active', () => {
  it('has no window', () => {
    expect(canonicalOf({}).window).toBeNull();
    expect(canonicalOf({ window: null })).toEqual(canonicalOf({}));
    for (const window of [
      { kind: 'fixed', from: '2024-01-01', to: '2024-02-01' },
      { kind: 'since_birth', length: 'P30D' },
    ]) {
      const refused = refusal(() => plan({ ...ASKED, window }));
      expect(refused).toMatchObject({ code: 'invalid_window', status: 422, pointers: ['/window'] });
      expect(refused.detail).toMatch(/Leave `window` out/);
    }
  });

  it('needs a birth for all kinds but active', () => {
    const birth = { kind: 'first_event', event: 'edit' };
    expect(canonicalOf({ birth }).birth).toBeNull();
    for (const kind of ACTIVITIES.slice(1)) {
      expect(canonicalOf({ params: { kind } }).birth).toEqual({ kind: 'registration' });
      expect(canonicalOf({ params: { kind }, birth }).birth).toEqual({ ...birth, event: ['edit'], where: null });
    }
  });

  it('is planned with a window without length that ends at as_of', () => {
    const params = { event: 'edit', kind: 'new', u: 'P7D', exclude: { trait: 'bot', eq: true } };
    expect(planRun(canonicalOf({ params }), START)).toMatchObject({
      metric: {
        kind: 'rolling_active',
        activity: 'new',
        n: 5,
        uMs: 7 * DAY_MS,
      },
      excludes: { trait: 'bot', eq: true },
      window: { kind: 'fixed', fromMs: AS_OF_MS, toMs: AS_OF_MS },
      birth: { kind: 'registration' },
      births: null,
    });
  });

  it('reads the events of twice u before as_of, and where as_of is not given also later ones', () => {
    const days = (changes: RawRequest, asOfMs?: number): unknown =>
      readsOf(canonicalOf(changes), { ...SETTLED, ...(asOfMs === undefined ? {} : { asOfMs }) }).eventDays;
    const params = { u: 'P10D' };
    expect(days({ params, as_of: new Date(AS_OF_MS).toISOString() })).toEqual({ fromDay: 980, toDay: 999 });
    expect(days({ params }, AS_OF_MS)).toEqual({ fromDay: 980, toDay: null });
    expect(days({ params })).toEqual({ fromDay: null, toDay: null });
  });

  it('reads registrations where it needs births, and traits where it excludes by them', () => {
    const reads = (params: object): object => readsOf(canonicalOf({ params }), SETTLED);
    expect(reads({})).toMatchObject({ registrationDays: null, traits: false, newUsers: false });
    expect(reads({ kind: 'new' })).toMatchObject({ registrationDays: { fromDay: null, toDay: null }, traits: false });
    expect(reads({ exclude: { trait: 'bot', eq: true } })).toMatchObject({ registrationDays: null, traits: true });
  });

  it('is valid until some user passes from one u into the next, and has no window that is not over', () => {
    const facts = { nextChangeMs: AS_OF_MS + 5, laterEvents: false, nextRegistrationMs: null };
    expect(validUntil(canonicalOf({}), AS_OF_MS, facts)).toBe(AS_OF_MS + 5);
    expect(validUntil(canonicalOf({}), AS_OF_MS, { ...facts, nextChangeMs: null })).toBeNull();
    expect(observedTo(canonicalOf({}), AS_OF_MS)).toBeNull();
  });
});
