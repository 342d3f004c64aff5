import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT } from '../support/source-files.js';

const PAGE = readFileSync(join(PACKAGE_ROOT, 'docs/parity.md'), 'utf8');

/** The sections of aktivat, and the folder of the tests that they name without one. */
const SECTIONS = {
  'Figures of aktivat': 'test/integration/trackables',
  'Server of aktivat': 'test/integration/collect',
  'The browser tracker of aktivat': 'test/integration/tracker',
};

/** What the ancestor had, what is here, and the tests: the rows of a section. */
function rowsOf(section: string): [then: string, here: string, tests: string][] {
  const [text = ''] = (PAGE.split(`\n## ${section}\n`)[1] ?? '').split('\n## ');
  const rows = text.split('\n').filter((line) => line.startsWith('| '));
  return rows.slice(2).map((line) => {
    const [then = '', here = '', tests = ''] = line
      .split('|')
      .slice(1)
      .map((cell) => cell.trim());
    return [then, here, tests];
  });
}

describe.each(Object.entries(SECTIONS))('docs/parity.md, %s', (section, folder) => {
  it('has rows', () => {
    expect(rowsOf(section).length).toBeGreaterThan(10);
  });

  it.each(rowsOf(section).filter(([, here]) => !here.startsWith('not here')))(
    'names tests that exist: %s',
    (_, __, tests) => {
      const named = tests.split('; ').map((one) => /^`([^`]+)`: (.+)$/.exec(one) ?? [one, '', '']);
      for (const [, file = '', title = ''] of named) {
        expect(tests).not.toBe('');
        const path = [join(PACKAGE_ROOT, file), join(PACKAGE_ROOT, folder, file)].find((one) => existsSync(one));
        const source = path === undefined || file === '' ? '' : readFileSync(path, 'utf8');
        const titles = [...source.matchAll(/\b(?:it|describe)(?:\.each\([\s\S]*?\))?\(\s*(['"`])(.*?)\1/g)];
        expect({
          file,
          title,
          isThere: titles.some(([, , text = '']) => text.includes(title)) && title !== '',
        }).toEqual({
          file,
          title,
          isThere: true,
        });
      }
    },
  );
});
