import { asSetHash } from '../../../../src/core/ids.js';
import type { SavedDefinition } from '../../../../src/core/cohort/definition.js';
import { definitionHash } from '../../../../src/core/cohort/definition-hash.js';
import { cohortsIn, expandDefinition, type SavedCohort } from '../../../../src/core/cohort/expand-definition.js';
import { refusal } from '../failing.js';

const ref = (cohort: string): SavedDefinition => ({ cohort });
const and = (...of: SavedDefinition[]): SavedDefinition => ({ set: { and: of } });
const or = (...of: SavedDefinition[]): SavedDefinition => ({ set: { or: of } });
const list = (members: string): SavedDefinition => ({ members: asSetHash(members) });

function saved(cohorts: Record<string, SavedDefinition>): Map<string, SavedCohort> {
  return new Map(Object.entries(cohorts).map(([id, definition]) => [id, { name: `the ${id}`, definition }]));
}

describe('expandDefinition', () => {
  it('replaces cohorts by what they are made of, and flattens again', () => {
    const cohorts = saved({ a: list('1'), b: and(ref('a'), list('2')) });
    expect(expandDefinition(and(ref('b'), list('0')), cohorts, '')).toEqual({
      set: { and: [{ members: '0' }, { members: '1' }, { members: '2' }] },
    });
    expect(cohortsIn(and(ref('b'), or(ref('a'), ref('b'))))).toEqual(['a', 'b'].toReversed());
  });

  it('gives one hash to a cohort and to its definition written out, in any order', () => {
    const cohorts = saved({ a: list('1'), b: list('2') });
    const hashes = [and(ref('a'), ref('b')), and(list('2'), list('1')), and(ref('b'), and(ref('a')), ref('b'))].map(
      (definition) => definitionHash(expandDefinition(definition, cohorts, '')),
    );
    expect(new Set(hashes).size).toBe(1);
    const other = { set: { except: [ref('a'), ref('b')] } };
    expect(hashes).not.toContain(definitionHash(expandDefinition(other, cohorts, '')));
  });

  it('tells the path of a circle', () => {
    const cohorts = saved({ a: and(ref('b'), list('1')), b: or(list('2'), ref('c')), c: and(ref('a'), list('3')) });
    const { code, detail } = refusal(() => expandDefinition(ref('b'), cohorts, '/cohort'));
    expect(code).toBe('cohort_cycle');
    expect(detail).toContain('"the b" is made of "the c" is made of "the a" is made of "the b"');
    expect(refusal(() => expandDefinition(cohorts.get('a')!.definition, cohorts, '/set', 'a')).code).toBe(
      'cohort_cycle',
    );
  });

  it('tells which cohort is gone, and who names it', () => {
    const { code, detail } = refusal(() =>
      expandDefinition(ref('a'), saved({ a: and(ref('b'), list('1')) }), '/cohort'),
    );
    expect([code, detail]).toEqual(['unknown_cohort', 'The cohort b that "the a" names has been deleted.']);
  });

  it('stops where cohorts double with every level', () => {
    const cohorts: Record<string, SavedDefinition> = { c0: list('0') };
    for (let i = 1; i <= 14; i += 1) {
      cohorts[`c${i}`] = { set: { except: [ref(`c${i - 1}`), ref(`c${i - 1}`)] } };
    }
    expect(refusal(() => expandDefinition(ref('c14'), saved(cohorts), '/cohort'))).toMatchObject({
      code: 'limit_exceeded',
      pointers: ['/cohort'],
    });
  });

  it('stops at a chain of names that is too long', () => {
    const cohorts: Record<string, SavedDefinition> = { c0: list('0') };
    for (let i = 1; i <= 20; i += 1) cohorts[`c${i}`] = ref(`c${i - 1}`);
    expect(refusal(() => expandDefinition(ref('c20'), saved(cohorts), '/cohort')).code).toBe('limit_exceeded');
    expect(expandDefinition(ref('c10'), saved(cohorts), '/cohort')).toEqual({ members: '0' });
  });
});
