import type { ActiveUsersPlan } from '../../../src/core/usage/active-users-plan.js';
import { compileActiveUsers } from '../../../src/sql/usage/compile-active-users.js';

const DAY_MS = 86_400_000;
const YEAR = Array.from({ length: 365 }, (_, i) => Date.UTC(2026, 0, 2) + i * DAY_MS);
const PLAN: ActiveUsersPlan = {
  propertyNumber: 1,
  dataVersion: 7,
  activity: { event: null, where: null },
  windowsMs: [1, 7, 30].map((days) => days * DAY_MS),
  presence: null,
  excludes: null,
  instants: YEAR,
};
const PRESENCE = { from: ['login'], to: ['logout'], session: null, maxMs: 7 * DAY_MS };

/** How often the text reads a table. */
const readsOf = (sql: string, table: string): number => sql.match(new RegExp(`\\bFROM ${table}\\b`, 'g'))?.length ?? 0;

describe('the statement of active users', () => {
  it.each([
    ['three windows over a year of days', PLAN],
    ['one instant', { ...PLAN, instants: YEAR.slice(0, 1) }],
    ['sessions', { ...PLAN, presence: { ...PRESENCE, session: 'resource' } }],
    ['traits', { ...PLAN, excludes: { trait: 'disabled', eq: true } } satisfies ActiveUsersPlan],
  ])('reads each table once, for %s', (_, plan) => {
    const { sql } = compileActiveUsers(plan);
    expect([readsOf(sql, 'events'), readsOf(sql, 'user_changes')]).toEqual([1, 1]);
    expect(compileActiveUsers(plan)).toEqual(compileActiveUsers(plan));
  });

  it('looks for the first event of an identity only where it reads properties', () => {
    const hasFinal = (plan: ActiveUsersPlan): boolean => / FINAL\b/.test(compileActiveUsers(plan).sql);
    expect(hasFinal(PLAN)).toBe(false);
    expect(hasFinal({ ...PLAN, presence: PRESENCE })).toBe(false);
    expect(hasFinal({ ...PLAN, presence: { ...PRESENCE, session: 'resource' } })).toBe(true);
    expect(hasFinal({ ...PLAN, activity: { event: null, where: { property: 'x', eq: 1 } } })).toBe(true);
  });

  it('takes users and values as parameters alone', () => {
    const { sql, params } = compileActiveUsers({ ...PLAN, activity: { event: ["it's"], where: null } });
    expect(sql).not.toContain("it's");
    expect(Object.values(params)).toContainEqual("it's");
  });
});
