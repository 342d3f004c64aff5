import { csvQuery, USUAL_CSV } from '../../src/ask/upload-text.js';
import { bodyOf } from '../../src/text/ask-again.js';
import { bodyOfDefinition, expressionOf } from '../../src/text/definition-body.js';
import { definitionLines } from '../../src/text/definition-words.js';
import { labelsOf } from '../../src/text/labels.js';
import { isFiltered, requestQuery } from '../../src/text/request-filter.js';

const NAMES: Readonly<Record<string, string>> = { coh_1: 'january', coh_2: 'buyers' };
const nameOf = (id: string): string | undefined => NAMES[id];
const did = (more: object): object => ({ did: { event: ['purchase'], where: null, within: null, ...more } });
const ALL = { all: true };

describe('a definition in words', () => {
  const text = (definition: object): string =>
    definitionLines(definition, nameOf)
      .map(({ depth, text: words }) => `${'  '.repeat(depth)}${words}`)
      .join('\n');

  it.each([
    [did({ at_least: 2 }), 'purchase at least 2 times'],
    [did({ at_least: 1 }), 'purchase at least once'],
    [did({ at_most: 0 }), 'never purchase'],
    [did({ exactly: 3, event: null }), 'any event exactly 3 times'],
    [did({ at_most: 1, event: ['a', 'b'] }), 'a or b at most once'],
    [did({ at_least: 1, within: { last: 'P30D' } }), 'purchase at least once, in the last 30 days'],
    [
      did({ at_least: 1, within: { from: '2026-01-01T00:00:00.000Z', to: '2026-02-01T10:00:00.000Z' } }),
      'purchase at least once, from 2026-01-01 to before 2026-02-01T10:00:00.000Z',
    ],
    [
      did({ at_least: 1, within: { since_birth: { offset: 'PT0S', length: 'P7D', birth: { kind: 'registration' } } } }),
      'purchase at least once, in the first 7 days since registration',
    ],
    [
      did({
        at_least: 1,
        where: { and: [{ property: 'dollars', gte: 10 }, { not: { property: 'ref', exists: true } }] },
      }),
      'purchase at least once, where (dollars ≥ 10 and not ref is there)',
    ],
    [{ trait: 'skin', in: ['a', 'b'] }, 'trait skin is one of "a", "b"'],
    [{ trait: 'name', contains: 'x', ignore_case: true }, 'trait name contains "x" in any case'],
    [
      { born: { from: null, to: '2026-01-01T00:00:00.000Z', birth: { kind: 'registration' } } },
      'registration before 2026-01-01',
    ],
    [
      { or: [did({ at_least: 1 }), { not: { trait: 'plan', eq: 'pro' } }] },
      'any of this\n  purchase at least once\n  not this\n    trait plan is "pro"',
    ],
  ])('says the rule %j', (rule, words) => {
    expect(text({ rule, universe: ALL })).toBe(words);
  });

  it('names what a set and a universe are made of, and lists without their users', () => {
    const set = {
      set: { except: [ALL, { cohort: 'coh_1' }, { set: { or: [{ cohort: 'coh_3' }, { members: 'ab' }] } }] },
    };
    expect(text(set)).toBe(
      'in the first of these cohorts, and in no other\n  everybody\n  january\n  in any of these cohorts\n    coh_3\n    a list of users',
    );
    expect(text({ rule: did({ at_least: 1 }), universe: { cohort: 'coh_2' } })).toBe(
      'of these cohorts\n  buyers\npurchase at least once',
    );
  });
});

describe('a definition as a body', () => {
  it('says what was given, and other cohorts by their ids', () => {
    const rule = did({ at_least: 2 });
    expect(bodyOfDefinition({ rule, universe: ALL })).toEqual({ rule: { did: { event: 'purchase', at_least: 2 } } });
    expect(bodyOfDefinition({ rule, universe: { cohort: 'coh_1' } })).toMatchObject({ universe: 'coh_1' });
    const set = { and: [{ cohort: 'coh_1' }, { set: { or: [{ cohort: 'coh_2' }, ALL] } }] };
    expect(bodyOfDefinition({ set })).toEqual({ set: { and: ['coh_1', { set: { or: ['coh_2', ALL] } }] } });
    expect(bodyOfDefinition({ cohort: 'coh_1' })).toEqual({ set: { or: ['coh_1'] } });
  });

  it('is an expression where one says it', () => {
    expect(expressionOf({ and: ['coh_1', { set: { or: ['coh_2', ALL] } }] }, nameOf)).toBe('january&(buyers~all)');
    expect(expressionOf({ or: [{ set: { and: ['coh_1', 'coh_2'] } }, 'coh_9'] }, nameOf)).toBe('january&buyers~coh_9');
    expect(expressionOf({ except: ['coh_1', 'coh_2'] }, nameOf)).toBeNull();
    expect(expressionOf({ and: ['coh_1', { rule: {} }] }, nameOf)).toBeNull();
  });
});

describe('the list of requests', () => {
  const none = { text: '', status: '', metric: '', cohort: '', caller: '', from: '', to: '' };

  it('is narrowed by what the service takes: days with their ends, callers by id', () => {
    expect(requestQuery({ ...none, from: '2026-02-27', to: '2026-02-28', caller: 'me', text: 'x' })).toEqual({
      text: 'x',
      caller: 'me',
      created_from: '2026-02-27',
      created_to: '2026-03-01',
    });
    expect(isFiltered({ ...none, caller: 'somebody', from: 'soon' })).toBe(false);
    expect(isFiltered({ ...none, caller: `per_${'0'.repeat(26)}` })).toBe(true);
  });

  it('asks again about a list by its hash, and leaves it open for who may not see that', () => {
    const request = (members: string | null) => ({ semantics_version: 1, metric: 'event_count', cohort: { members } });
    expect(bodyOf({ request: request('ab'), cohort: { id: null } })).toEqual({
      cohort: { members: 'ab' },
      metric: 'event_count',
    });
    expect(bodyOf({ request: request(null), cohort: { id: null } })['cohort']).toBe('');
    expect(bodyOf({ request: request(null), cohort: { id: 'coh_1' } })['cohort']).toBe('coh_1');
  });
});

describe('texts of forms', () => {
  it('hold labels with commas between them, each once', () => {
    expect(labelsOf(' a, b,,a ')).toEqual(['a', 'b']);
  });

  it('say of a CSV file what is not as usual', () => {
    expect(csvQuery(USUAL_CSV)).toEqual({});
    expect(csvQuery({ ...USUAL_CSV, delimiter: 'semicolon', column: ' 2 ' })).toEqual({
      delimiter: 'semicolon',
      column: '2',
    });
  });
});
