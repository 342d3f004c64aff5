import { dirname, join } from 'node:path';
import { sourceFiles } from '../support/source-files.js';

const NAMED = /(?:import|export)\s+(?:type\s+)?(?:\w+,\s*)?\{([^}]*)\}\s+from\s+'(\.[^']+)'/g;
const EXPORTED = /^export (?:async |abstract )?(function\*?|const|class|interface|type) (\w+)/gm;

/** `<file>#<name>` of what the files import by name. */
function importedBy(...folders: string[]): ReadonlySet<string> {
  const names = sourceFiles(...folders).flatMap(({ path, text }) =>
    [...text.matchAll(NAMED)].flatMap(([, list = '', specifier = '']) => {
      const file = join(dirname(path), specifier).replace(/\.js$/, '.ts');
      return list.split(',').map(
        (name) =>
          `${file}#${
            name
              .trim()
              .replace(/^type /, '')
              .split(' as ')[0] ?? ''
          }`,
      );
    }),
  );
  return new Set(names);
}

/** Files whose names are taken out of what `import()` gives. */
const LOADED = sourceFiles('src').flatMap(({ path, text }) =>
  [...text.matchAll(/import\('(\.[^']+)'\)/g)].map(([, specifier = '']) =>
    join(dirname(path), specifier).replace(/\.js$/, '.ts'),
  ),
);

describe('exports of src', () => {
  it('are used by the program; types also by tests', () => {
    const program = importedBy('src', 'migrations', 'bench', 'packages');
    const tests = importedBy('test');
    const isUsed = (name: string, kind: string): boolean =>
      program.has(name) || (/^(interface|type)$/.test(kind) && tests.has(name));
    const files = sourceFiles('src').filter(({ path }) => !LOADED.includes(path));
    const unused = files.flatMap(({ path, text }) =>
      [...text.matchAll(EXPORTED)]
        .filter(([, kind = '', name = '']) => !isUsed(`${path}#${name}`, kind))
        .filter(([, , name = '']) => text.match(new RegExp(`\\b${name}\\b`, 'g'))?.length === 1)
        .map(([, , name]) => `${path}: ${name}`),
    );
    expect(unused).toEqual([]);
  });
});
