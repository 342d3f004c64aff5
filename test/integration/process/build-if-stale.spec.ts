import { spawnSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { PACKAGE_ROOT } from '../../support/source-files.js';

const SCRIPT = 'src/platform/build-if-stale.mjs';
const COMPILER = 'node_modules/@nestjs/cli/bin/nest.js';
const BUILT = 'dist/muster/main.js';
const STORES = 'packages/embedded-stores/dist';
const SERVED = { 'web/dist': 'index.html', 'packages/tracker/dist': 't.js' };

describe('build-if-stale', () => {
  let root: string;

  beforeEach(() => {
    root = mkdtempSync(join(tmpdir(), 'muster-build-'));
    mkdirSync(join(root, 'src/platform'), { recursive: true });
    cpSync(join(PACKAGE_ROOT, SCRIPT), join(root, SCRIPT));
    write('migrations/postgres/1-first.ts', '');
    write('packages/embedded-stores/src/index.ts', '');
    write('web/src/main.tsx', '');
    write('package.json', JSON.stringify({ scripts: { build: `node ${COMPILER} build` } }));
    compiler(0);
  });

  afterEach(() => rmSync(root, { recursive: true }));

  function write(path: string, text: string): void {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }

  /** Stands for the compiler, which writes its output also when it finds errors. */
  function compiler(exitCode: number): void {
    write(
      COMPILER,
      `const fs = require('node:fs');
      fs.mkdirSync('dist/muster', { recursive: true });
      fs.writeFileSync('${BUILT}', 'built');
      fs.mkdirSync('${STORES}', { recursive: true });
      fs.writeFileSync('${STORES}/index.js', 'built');
      for (const [folder, file] of Object.entries(${JSON.stringify(SERVED)})) {
        fs.mkdirSync(folder, { recursive: true });
        fs.writeFileSync(folder + '/' + file, 'built');
      }
      fs.appendFileSync('builds', process.argv[2] + ' ');
      process.exit(${exitCode});`,
    );
  }

  /** Its exit code, and how often it built so far. */
  function run(): { status: number | null; builds: number } {
    const { status } = spawnSync(process.execPath, [join(root, SCRIPT)], { cwd: tmpdir() });
    const log = join(root, 'builds');
    return { status, builds: existsSync(log) ? readFileSync(log, 'utf8').split('build ').length - 1 : 0 };
  }

  it('builds once, from whatever folder it is called', () => {
    expect(run()).toEqual({ status: 0, builds: 1 });
    expect(run()).toEqual({ status: 0, builds: 1 });
  });

  it.each([
    'src/platform/build-if-stale.mjs',
    'migrations/postgres/1-first.ts',
    'packages/embedded-stores/src/index.ts',
    'web/src/main.tsx',
    'package.json',
  ])('builds again when %s is newer', (path) => {
    run();
    const later = Date.now() / 1000 + 5;
    utimesSync(join(root, path), later, later);
    expect(run()).toEqual({ status: 0, builds: 2 });
  });

  it.each([STORES, ...Object.keys(SERVED)])('builds again when there is no %s', (folder) => {
    run();
    rmSync(join(root, folder), { recursive: true });
    expect(run()).toEqual({ status: 0, builds: 2 });
  });

  it('does not take what a failed build left for fresh', () => {
    compiler(2);
    expect(run()).toEqual({ status: 2, builds: 1 });
    compiler(0);
    expect(run()).toEqual({ status: 0, builds: 2 });
  });

  it('says what is missing where there is no compiler', () => {
    rmSync(join(root, 'node_modules'), { recursive: true });
    expect(run()).toEqual({ status: 78, builds: 0 });
  });
});
