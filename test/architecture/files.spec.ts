import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT, sourceFiles } from '../support/source-files.js';

const files = sourceFiles('src', 'migrations', 'packages', 'test', 'bench');

describe('files', () => {
  it('have at most 300 lines', () => {
    const generated = 'packages/client/src/schema.ts';
    const long = files.filter((f) => f.path !== generated && f.text.split('\n').length > 301).map((f) => f.path);
    expect(long).toEqual([]);
  });

  it('read the environment in one place', () => {
    const readers = files.filter((f) => f.path.startsWith('src/') && /process\.env/.test(f.text)).map((f) => f.path);
    expect(readers.filter((p) => !p.startsWith('src/platform/config/'))).toEqual([]);
  });

  it('have names that say what they hold', () => {
    const vague = files.filter((f) =>
      /(^|\/)(utils?|helpers?|common|shared|misc|lib)(\/|\.)|\/index\.ts$/.test(f.path),
    );
    expect(vague.map((f) => f.path).filter((p) => !/^packages\/[\w-]+\/src\/index\.ts$/.test(p))).toEqual([]);
  });

  it('write text for the console only in programs', () => {
    const loud = files.filter(
      (f) => f.path.startsWith('src/') && !f.path.startsWith('src/cli/') && /console\.\w+\(/.test(f.text),
    );
    expect(loud.map((f) => f.path)).toEqual([]);
  });

  it('name no machine', () => {
    const machinePath = new RegExp(`/(${['tmp', 'work', 'root', 'home'].join('|')})/`);
    expect(files.filter((f) => machinePath.test(f.text)).map((f) => f.path)).toEqual([]);
  });
});

/** An npm before 11 runs all of them. */
it('no package that is installed sends figures home', () => {
  const lock = JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package-lock.json'), 'utf8')) as {
    packages: Record<string, { name?: string; hasInstallScript?: boolean }>;
  };
  const sender = Object.entries(lock.packages).filter(([path]) => path.endsWith('node_modules/@scarf/scarf'));
  expect(sender.map(([, { name, hasInstallScript }]) => [name, hasInstallScript])).toEqual([
    ['empty-npm-package', undefined],
  ]);
});
