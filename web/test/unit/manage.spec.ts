import { browserWords } from '../../src/access/browser-words.js';
import { endOfDay, lastDayBefore } from '../../src/access/form-values.js';
import { heldWords, levelOf, withLevel } from '../../src/access/roles.js';
import { choicesFrom, parametersOf, typedText, typedValue, valuesOf } from '../../src/stored/parameter-values.js';
import { formatBytes } from '../../src/settings/bytes.js';
import { slugFrom } from '../../src/settings/slug.js';
import { isPublicKey, snippetOf } from '../../src/settings/snippet.js';

describe('what somebody may do', () => {
  const properties = [{ id: 'prop_1', name: 'Shop' }] as never;

  it('is said with the account first, and a grant to write stands for that to read', () => {
    expect(heldWords({ role: 'admin', grants: null, properties: [] }, properties)).toEqual(['admin']);
    const grants = ['cohorts:read', 'cohorts:write', 'usage:read'];
    const inside = [
      { property: 'prop_1', role: 'viewer' as const },
      { property: 'prop_2', role: null, grants },
    ];
    expect(heldWords({ role: null, grants: null, properties: inside }, properties)).toEqual([
      'viewer in Shop',
      'cohorts:write, usage:read in prop_2',
    ]);
    expect(heldWords({ role: null, grants: [], properties: [] }, properties)).toEqual(['nothing']);
  });

  it('changes module by module', () => {
    const grants = withLevel(['keys:read'], 'cohorts', 'write');
    expect(grants).toEqual(['cohorts:write', 'keys:read']);
    expect([levelOf(grants, 'cohorts'), levelOf(grants, 'keys'), levelOf(grants, 'users')]).toEqual([
      'write',
      'read',
      '',
    ]);
    expect(withLevel(grants, 'cohorts', '')).toEqual(['keys:read']);
  });
});

describe('a day of a form', () => {
  it('ends where the next begins, and is read back as itself', () => {
    expect(new Date(endOfDay('2026-12-31')).getTime()).toBe(new Date(2027, 0, 1).getTime());
    for (const day of ['2026-03-29', '2024-02-29', '2026-12-31']) expect(lastDayBefore(endOfDay(day))).toBe(day);
    expect(lastDayBefore(null)).toBe('');
  });
});

describe('a browser', () => {
  it.each([
    ['Mozilla/5.0 (X11; Linux x86_64; rv:141.0) Gecko/20100101 Firefox/141.0', 'Firefox 141 on Linux'],
    [
      'Mozilla/5.0 (Windows NT 10.0) AppleWebKit/537.36 Chrome/140.0.0.0 Safari/537.36 Edg/140.0',
      'Edge 140 on Windows',
    ],
    ['Mozilla/5.0 (iPhone; CPU iPhone OS 18_0 like Mac OS X) Version/18.0 Mobile/15E Safari/604.1', 'Safari 18 on iOS'],
    ['curl/8.5.0', 'curl/8.5.0'],
    ['', 'A program that says no name'],
  ])('%s', (agent, words) => {
    expect(browserWords(agent)).toBe(words);
  });
});

describe('a slug and a size', () => {
  it('read like what they are of', () => {
    expect(['A small wiki', 'Ménagerie 2', '—', ' x '].map(slugFrom)).toEqual(['a-small-wiki', 'menagerie-2', '', 'x']);
    expect([0, 999, 1500, 1_710_000, 5e12].map(formatBytes)).toEqual([
      '0 bytes',
      '999 bytes',
      '1.5 KB',
      '1.71 MB',
      '5 TB',
    ]);
  });

  it('the tag has the key where it is one', () => {
    expect(snippetOf('https://m.example', 'muster_pk_Ab1')).toBe(
      '<script async src="https://m.example/t.js" data-key="muster_pk_Ab1"></script>',
    );
    expect(['muster_pk_"><script>', 'muster_sk_Ab1', ''].map(isPublicKey)).toEqual([false, false, false]);
    expect(snippetOf('https://m.example', '"><b>')).toContain('data-key="muster_pk_..."');
  });
});

describe('parameters of a named metric', () => {
  it('come back as they were typed, and a text that looks like something else stays a text', () => {
    for (const value of ['cds', '7', 'null', 7, true, null, ['a', 'b'], { property: 'x', eq: 1 }]) {
      expect(typedValue(typedText(value))).toEqual(value);
    }
    expect(typedText('cds')).toBe('cds');
  });

  it('go to the body by their mode', () => {
    const choices = { ...choicesFrom({ value: 'cds' }, { where: null }), event: { mode: 'open' as const, text: 'x' } };
    expect([valuesOf(choices, 'fixed'), valuesOf(choices, 'default')]).toEqual([{ value: 'cds' }, { where: null }]);
  });

  it('are those of the schema, with what holds unless given', () => {
    const schema = { properties: { value: { description: 'What' }, n: { default: 1 } }, required: ['value'] };
    expect(parametersOf(schema)).toEqual([
      { name: 'value', description: 'What', isRequired: true, standard: '' },
      { name: 'n', description: '', isRequired: false, standard: '1' },
    ]);
  });
});
