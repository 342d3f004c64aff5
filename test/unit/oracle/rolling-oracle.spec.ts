import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import { asked, shown, worldOf } from './tiny-world.js';

describe('active users', () => {
  // T = 1 March, u = 30 days: from 31 January, and before it from 1 January.
  const edits = (user: string, ...times: string[]): [string, string, string][] =>
    times.map((time) => [user, 'edit', `2024-${time}T00:00:00Z`]);
  const world = worldOf(
    [
      ...edits('new', '02-01', '02-02'),
      ...edits('stays', '01-30', '01-30', '01-31', '02-29'),
      ...edits('old', '01-01', '01-02', '02-01', '02-02'),
      ...edits('back', '01-30', '02-01', '02-02'),
      ...edits('idle', '02-01', '03-01'),
      ...edits('unborn', '02-01', '02-02'),
    ],
    {
      new: { at: '2024-01-31T00:00:00Z' },
      stays: { at: '2024-01-01T00:00:00Z' },
      old: { at: '2023-12-31T23:59:59.999Z' },
      back: { at: '2024-01-30T23:59:59.999Z' },
      idle: { at: '2024-02-01T00:00:00Z' },
      bot: { at: '2024-02-01T00:00:00Z', traits: { bot: true } },
    },
  );
  const request = (kind: string): Partial<CanonicalRequest> => ({
    metric: 'rolling_active' as never,
    params: { event: null, where: null, kind, n: 2, u: 'P30D', exclude: { trait: 'bot', eq: true } as never },
    birth: { kind: 'registration' },
  });
  const active = (kind: string, more: Partial<CanonicalRequest> = {}): unknown => {
    const { rows, series } = asked(world, { ...request(kind), ...more }, '2024-03-01T00:00:00Z');
    const reported = (of: typeof rows): string[] =>
      Object.entries(shown(of)).flatMap(([user, [is]]) => (is === 1 ? [user] : []));
    return series ? series.map((point) => reported(point.rows)) : reported(rows);
  };

  it('are told apart by birth and by what they did before', () => {
    expect(active('active')).toEqual(['back', 'new', 'old', 'stays', 'unborn']);
    expect(active('new')).toEqual(['new']);
    expect(active('surviving_new')).toEqual(['stays']);
    expect(active('recurring_old')).toEqual(['old']);
    expect(active('reactivated')).toEqual(['back']);
    const { rows } = asked(world, request('new'), '2024-03-01T00:00:00Z');
    expect(shown(rows)).toMatchObject({ bot: ['excluded'], unborn: ['no_birth'], idle: [0] });
  });

  it('are counted at the end of each slice, or at as_of', () => {
    const window = {
      kind: 'fixed',
      from: '2024-01-01T00:00:00.000Z',
      to: '2024-04-01T00:00:00.000Z',
      births: null,
    } as const;
    const series = { interval: 'month', by: 'event_time', age: null } as const;
    // January's T is 1 February, 30 days after 2 January: one edit of `old` lies before.
    const months = [['stays'], ['back', 'new', 'old', 'stays', 'unborn'], []];
    expect(active('active', { window, series })).toEqual(months);
    const later = asked(world, { ...request('active'), window, series }, '2024-03-01T00:00:00Z');
    expect(shown(later.series?.[2]?.rows ?? [])['old']).toEqual(['censored']);
  });
});
