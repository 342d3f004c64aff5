import { asSetHash } from '../../../src/core/ids.js';
import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import { asked, shown, worldOf } from './tiny-world.js';

const DAYS = { kind: 'fixed', from: '2024-01-01T00:00:00.000Z', to: '2024-01-04T00:00:00.000Z', births: null } as const;
const BY_DAY = { interval: 'day', by: 'event_time', age: null } as const;

describe('a breakdown', () => {
  const world = worldOf(
    [
      ['a', 'buy', '2024-01-01T01:00:00Z', { of: 'tea' }],
      ['a', 'buy', '2024-01-02T01:00:00Z', { of: 1 }],
      ['b', 'buy', '2024-01-02T01:00:00Z', { of: 'tea' }],
      ['b', 'buy', '2024-01-02T02:00:00Z', { of: 'tea' }],
      ['b', 'buy', '2024-01-02T03:00:00Z'],
      ['c', 'buy', '2024-01-09T03:00:00Z', { of: 'late' }],
    ],
    {
      a: { traits: { plan: true } },
      b: { traits: { plan: '1' } },
      d: { traits: { plan: 1 } },
      e: { traits: { plan: 'é' } },
    },
    ['a', 'b', 'c', 'd', 'e', 'nobody'],
  );
  const reported = (by: string, more: Partial<CanonicalRequest> = {}): unknown[] => {
    const request = { window: DAYS, breakdown: [by], cohort: { members: asSetHash('x') }, ...more };
    return (asked(world, request, '2024-02-01T00:00:00Z').breakdown ?? []).map(({ group, rows, series }) => [
      group,
      shown(rows),
      ...(series ? [series.map((point) => shown(point.rows))] : []),
    ]);
  };

  it('by a trait has every user in one group, those without it in that of null, in order of type and value', () => {
    expect(reported('trait:plan')).toEqual([
      ['1', { b: [3] }],
      ['é', { e: [0] }],
      [1, { d: [0] }],
      [true, { a: [2] }],
      [null, { c: [0], nobody: ['unknown_user'] }],
    ]);
  });

  it('by a property has for each value its events and their users', () => {
    expect(reported('property:of')).toEqual([
      ['tea', { a: [1], b: [2] }],
      [1, { a: [1] }],
    ]);
  });

  it('is cut by a series in the same way', () => {
    expect(reported('property:of', { series: BY_DAY })).toEqual([
      ['tea', { a: [1], b: [2] }, [{ a: [1] }, { b: [2] }, {}]],
      [1, { a: [1] }, [{}, { a: [1] }, {}]],
    ]);
    expect(reported('trait:plan', { series: BY_DAY })[0]).toEqual([
      '1',
      { b: [3] },
      [{ b: [0] }, { b: [3] }, { b: [0] }],
    ]);
  });

  it('goes by the traits up to the data version, the last given and not removed', () => {
    const at = (seq: number, traits: Record<string, string | null>): object => ({
      user: 'a',
      seq,
      position: 0,
      traits,
    });
    const changes = [at(1, { plan: 'old', x: 'y' }), at(2, { x: null }), at(3, { plan: null })] as never;
    const group = (dataVersion: number): unknown => {
      const versioned = { ...worldOf([]), changes };
      const answer = asked(versioned, { window: DAYS, breakdown: ['trait:plan'] }, '2024-02-01T00:00:00Z', dataVersion);
      return answer.breakdown?.map((g) => g.group);
    };
    expect([group(1), group(2), group(3)]).toEqual([['old'], ['old'], [null]]);
  });
});
