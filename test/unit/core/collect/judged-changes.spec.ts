import { judgedChanges, type LastChange } from '../../../../src/core/collect/judged-changes.js';
import type { UserChange } from '../../../../src/core/collect/user-change.js';

interface Known {
  readonly registered?: boolean;
  readonly kept?: readonly string[];
  readonly last?: Readonly<Record<string, LastChange>>;
}

/** The upserts of changes of users, of whom so much is known before. */
function judged(
  changes: readonly UserChange[],
  { registered = false, kept = [], last = {} }: Known = {},
  nowMs = 1000,
) {
  const standings = {
    isRegistered: () => registered,
    isKept: (_: string, trait: string) => kept.includes(trait),
    lastChange: (_: string, trait: string) => last[trait],
  };
  const { upserts, changed } = judgedChanges(changes, standings, nowMs);
  return { upserts: upserts.map((text): unknown => JSON.parse(text)), changed };
}

const change = (atMs: number, more: Partial<UserChange>): UserChange => ({
  user: 'ann',
  atMs,
  mark: `m${atMs}`,
  ...more,
});

describe('what a public key changes of users', () => {
  it('is the registration of who has none, by the earliest event', () => {
    const changes = [change(20, { registeredAt: 'later' }), change(10, { registeredAt: 'first' })];
    expect(judged(changes).upserts).toEqual([{ user: 'ann', registered_at: 'first', traits: {} }]);
    expect(judged(changes, { registered: true })).toEqual({ upserts: [], changed: [] });
  });

  it('is a trait that nobody else has set, also to take it away', () => {
    const changes = [change(10, { traits: { plan: null, seats: 3 } })];
    expect(judged(changes, { kept: ['plan'] }).upserts).toEqual([{ user: 'ann', traits: { seats: 3 } }]);
    expect(judged(changes).upserts).toEqual([{ user: 'ann', traits: { plan: null, seats: 3 } }]);
    expect(judged(changes, { kept: ['plan', 'seats'] }).upserts).toEqual([]);
  });

  it('is done once, and not after a later one', () => {
    const changes = [change(10, { traits: { plan: 'free', seats: 1 } })];
    expect(judged(changes).changed).toEqual([
      { user: 'ann', trait: 'plan', atMs: 10, mark: 'm10' },
      { user: 'ann', trait: 'seats', atMs: 10, mark: 'm10' },
    ]);
    const last = { plan: { atMs: 10, mark: 'm10' }, seats: { atMs: 11, mark: 'other' } };
    expect(judged(changes, { last }).upserts).toEqual([]);
    const others = { plan: { atMs: 10, mark: 'other' }, seats: { atMs: 9, mark: 'm9' } };
    expect(judged(changes, { last: others }).upserts).toEqual([{ user: 'ann', traits: { plan: 'free', seats: 1 } }]);
  });

  it('is what the latest event says, of one time the last one of the body', () => {
    const changes = [
      change(20, { traits: { plan: 'b' } }),
      change(10, { traits: { plan: 'a', seats: 1 } }),
      change(20, { traits: { plan: 'c' }, mark: 'last' }),
      change(5, { user: 'bob', traits: { plan: 'x' } }),
    ];
    const { upserts, changed } = judged(changes);
    expect(upserts).toEqual([
      { user: 'bob', traits: { plan: 'x' } },
      { user: 'ann', traits: { plan: 'c', seats: 1 } },
    ]);
    expect(changed).toContainEqual({ user: 'ann', trait: 'plan', atMs: 20, mark: 'last' });
  });

  it('from the future holds nothing back that comes after it', () => {
    expect(judged([change(9999, { traits: { plan: 'a' } })]).changed).toMatchObject([{ atMs: 1000 }]);
  });
});
