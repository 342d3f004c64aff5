import { parseRequestedInstants } from '../../../../src/core/usage/requested-instants.js';

const BERLIN = { timeZone: 'Europe/Berlin', weekStart: 'monday' } as const;
const NOW_MS = Date.parse('2026-03-30T10:00:00Z');
const parse = (written: Parameters<typeof parseRequestedInstants>[0]) =>
  parseRequestedInstants(written, BERLIN, NOW_MS);

describe('the instants of active users', () => {
  it('are the newest, or one that is over by now', () => {
    expect(parse({})).toEqual({ kind: 'newest' });
    expect(parse({ at: '2026-03-29' })).toEqual({ kind: 'at', atMs: Date.parse('2026-03-28T23:00:00Z') });
    expect(parse({ at: '2026-03-30T10:00:00Z' })).toEqual({ kind: 'at', atMs: NOW_MS });
    expect(() => parse({ at: '2026-03-30T10:00:00.001Z' })).toThrow('lies in the future');
  });

  it('are the ends of slices, days of 23 hours too, and now for one that is not over', () => {
    const history = parse({ from: '2026-03-28', to: '2026-04-05' });
    expect(
      history.kind === 'history' &&
        history.slices.map(({ label, asOfMs, isComplete }) => [label, new Date(asOfMs).toISOString(), isComplete]),
    ).toEqual([
      ['2026-03-28', '2026-03-28T23:00:00.000Z', true],
      ['2026-03-29', '2026-03-29T22:00:00.000Z', true],
      ['2026-03-30', '2026-03-30T10:00:00.000Z', false],
    ]);
  });

  it('end now where no end is given', () => {
    const history = parse({ from: '2026-03-30', interval: 'PT6H' });
    expect(
      history.kind === 'history' && history.slices.map(({ toMs, isComplete }) => [toMs - NOW_MS, isComplete]),
    ).toEqual([
      [-6 * 3_600_000, true],
      [0, true],
    ]);
  });
});
