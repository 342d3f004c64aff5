import type { CanonicalCohort } from '../../../src/core/cohort/definition.js';
import { parseCohort } from '../../../src/core/cohort/parse-cohort.js';
import { planDefinition } from '../../../src/core/cohort/plan-definition.js';
import { compilePreview } from '../../../src/sql/cohort/compile-cohort.js';

const AS_OF_MS = Date.parse('2026-01-01T00:00:00Z');
const scope = { propertyNumber: 7, dataVersion: 3, asOfMs: AS_OF_MS };

function sqlOf(cohort: unknown): { readonly sql: string; readonly values: readonly unknown[] } {
  const canonical = typeof cohort === 'object' ? (cohort as CanonicalCohort) : null;
  const { sql, params } = compilePreview(planDefinition(canonical!, { asOfMs: AS_OF_MS, timeZone: 'UTC' }), scope);
  return { sql, values: Object.values(params) };
}

const rule = (of: unknown): CanonicalCohort => parseCohort({ rule: of }, '', 'UTC') as CanonicalCohort;
const reads = (sql: string, table: string): number => sql.split(`FROM ${table}`).length - 1;

describe('the SQL of a definition', () => {
  it('reads each table once, whatever is asked', () => {
    const many = rule({
      or: [
        { did: { event: 'a', at_least: 2 } },
        { did_not: { event: 'b', within: { last: 'P7D' } } },
        { trait: 'x', eq: 1 },
        { born: { from: '2025-01-01' } },
        { did: { event: 'c', within: { since_birth: { length: 'P1D' } } } },
      ],
    });
    const { sql } = sqlOf({ set: { or: [many, { members: 'a' }, { set: { and: [{ members: 'b' }, many] } }] } });
    expect(['events FINAL', 'user_changes', 'member_sets'].map((table) => reads(sql, table))).toEqual([1, 1, 1]);
  });

  it('counts what is asked twice once', () => {
    const did = { did: { event: 'a', at_least: 2 } };
    const { sql } = sqlOf(rule({ or: [did, { and: [{ did: { event: ['a'], at_most: 5 } }, { trait: 'x', eq: 1 }] }] }));
    expect(sql).toContain('countIf(matched0)');
    expect(sql).not.toContain('matched1');
  });

  it('reads only events of the names and times that count, where nobody is in it without them', () => {
    const within = { from: '2025-01-01', to: '2025-02-01' };
    const narrow = sqlOf(rule({ and: [{ did: { event: 'a', within } }, { did_not: { event: 'b', within } }] }));
    expect(narrow.sql).toMatch(/PREWHERE .* AND name IN .* AND time >= .* AND time < /);
    expect(narrow.values).toContainEqual(['a', 'b']);
    const wide = sqlOf(rule({ did_not: { event: 'b', within } }));
    expect(wide.sql).not.toMatch(/PREWHERE .* name IN/);
  });

  it('looks at nobody else where only members of lists can be in it', () => {
    const did_not = { event: 'b' };
    const { sql } = sqlOf({
      rule: { did: { event: ['b'], where: null, at_most: 0, within: null } },
      universe: { members: 'a' },
    });
    expect(sql).toContain('user_id IN (SELECT user_id FROM member_sets');
    expect(sql).not.toContain('FROM user_changes');
    expect(sqlOf(rule({ did_not })).sql).not.toContain('user_id IN');
  });

  it('holds no text of a body (T15)', () => {
    const evil = `'); DROP TABLE events; -- {p0:String}`;
    const { sql } = sqlOf(
      rule({ and: [{ did: { event: evil, where: { property: evil, eq: evil } } }, { trait: evil, contains: evil }] }),
    );
    expect(sql).not.toContain('DROP');
  });

  it('merges lists that are named once, and groups those named twice', () => {
    const [a, b] = [{ members: 'a' }, { members: 'b' }];
    expect(sqlOf({ set: { except: [a, b] } }).sql).toContain('full_sorting_merge');
    const twice = sqlOf({ set: { or: [{ set: { except: [a, b] } }, { set: { except: [b, a] } }] } });
    expect(twice.sql).not.toContain('full_sorting_merge');
    expect(twice.sql).not.toContain('FROM events');
  });

  it('is the same for equal plans', () => {
    const cohort = rule({ or: [{ did: { event: 'a' } }, { trait: 'x', in: [1, 'b'] }] });
    expect(sqlOf(cohort)).toEqual(sqlOf(structuredClone(cohort)));
  });
});
