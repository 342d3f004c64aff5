import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT, sourceFiles } from '../support/source-files.js';

/** What Jest runs by itself: suites that start programs of their own, each long. */
const ALONE = ['test/e2e/', 'test/console/'];

describe('test/whole', () => {
  const folder = join(PACKAGE_ROOT, 'test/whole');
  const folders = readdirSync(folder).flatMap((name) =>
    [...readFileSync(join(folder, name), 'utf8').matchAll(/'((?:test|packages|web)\/[^']+)'/g)].map(
      ([, path]) => `${path}/`,
    ),
  );

  it('runs each suite once', () => {
    const suites = sourceFiles('test', 'packages', 'web/test').filter(({ path }) => path.endsWith('.spec.ts'));
    expect(suites.length).toBeGreaterThan(200);
    const runs = suites.map(({ path }) => [path, [...ALONE, ...folders].filter((by) => path.startsWith(by)).length]);
    expect(runs.filter(([, times]) => times !== 1)).toEqual([]);
  });
});
