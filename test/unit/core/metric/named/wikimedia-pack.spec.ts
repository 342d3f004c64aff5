import { METRIC_IDS } from '../../../../../src/core/metric/catalogue.js';
import { parseNamedMetric } from '../../../../../src/core/metric/named/parse-named-metric.js';
import { parseWikiMapping, wikimediaPack } from '../../../../../src/core/metric/named/wikimedia-pack.js';
import { refusal } from '../../failing.js';

const packOf = (body?: unknown) => wikimediaPack(parseWikiMapping(body));

describe('the pack of Wikimedia', () => {
  it('has the twelve metrics of the ancestors, none called as a built-in', () => {
    const names = packOf().map(({ name }) => name);
    expect(names).toEqual([
      'bytes_added',
      'edit_count',
      'edit_rate',
      'namespace_edits',
      'wikimedia_threshold',
      'wikimedia_time_to_threshold',
      'wikimedia_survival',
      'live_account',
      'blocks',
      'revert_rate',
      'pages_created',
      'pages_edited',
    ]);
    expect(names.filter((name) => METRIC_IDS.some((id) => id === name))).toEqual([]);
  });

  it.each(packOf())('is right for its built-in: $name', (entry) => {
    expect(parseNamedMetric(entry, null)).toMatchObject({ name: entry.name, definition: { id: entry.metric } });
  });

  it('looks at the main namespace, or at those that are told', () => {
    const whereOf = (body: unknown) => packOf(body).find(({ name }) => name === 'bytes_added')?.defaults['where'];
    expect(whereOf({})).toEqual({ property: 'namespace', in: [0] });
    expect(whereOf({ namespaces: ['Main', 4] })).toEqual({ property: 'namespace', in: ['Main', 4] });
    expect(whereOf({ namespaces: 'all' })).toBeNull();
    const creations = packOf({ namespaces: 'all' }).find(({ name }) => name === 'pages_created');
    expect(creations?.fixed['where']).toEqual({ property: 'parent_id', eq: 0 });
  });

  it('takes the names of a wiki', () => {
    const names = {
      events: { edit: 'revision', block: 'blocked', edit_click: 'click' },
      properties: {
        bytes: 'diff',
        namespace: 'ns',
        page_id: 'page',
        parent_id: 'rev_parent',
        sha1: 'hash',
        duration: 'd',
      },
    };
    const text = JSON.stringify(packOf(names));
    for (const name of [...Object.values(names.events), ...Object.values(names.properties)]) {
      expect(text).toContain(`"${name}"`);
    }
    expect(text).not.toMatch(/"(edit|block|edit_click|bytes|namespace|page_id|parent_id|sha1|duration)"/);
  });

  it.each<[unknown, string, string]>([
    [[], 'invalid_field', ''],
    ['x', 'invalid_field', ''],
    [{ event: {} }, 'unknown_field', '/event'],
    [{ events: 'edit' }, 'invalid_field', '/events'],
    [{ events: { revision: 'x' } }, 'unknown_field', '/events/revision'],
    [{ events: { edit: '' } }, 'invalid_field', '/events/edit'],
    [{ events: { edit: 5 } }, 'invalid_field', '/events/edit'],
    [{ properties: [] }, 'invalid_field', '/properties'],
    [{ properties: { bytes: 'x'.repeat(201) } }, 'invalid_field', '/properties/bytes'],
    [{ properties: { size: 'x' } }, 'unknown_field', '/properties/size'],
    [{ namespaces: 0 }, 'invalid_field', '/namespaces'],
    [{ namespaces: [] }, 'invalid_field', '/namespaces'],
    [{ namespaces: [0, 1.5] }, 'invalid_field', '/namespaces/1'],
    [{ namespaces: [true] }, 'invalid_field', '/namespaces/0'],
    [{ namespaces: Array.from({ length: 1_001 }, () => 1) }, 'invalid_field', '/namespaces'],
  ])('refuses the mapping %j', (body, code, pointer) => {
    expect(refusal(() => packOf(body))).toMatchObject({ code, pointers: [pointer] });
  });
});
