// Builds the program when there is none, or when something it is made of is newer. Plain JavaScript: it runs before any build.
import { spawnSync } from 'node:child_process';
import { existsSync, readdirSync, rmSync, statSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';

const root = resolve(dirname(fileURLToPath(import.meta.url)), '../..');
const SOURCES = [
  'src',
  'migrations',
  'packages/client/src',
  'web/src',
  'web/index.html',
  'web/package.json',
  'web/vite.config.ts',
  'packages/embedded-stores/src',
  'packages/embedded-stores/package.json',
  'packages/embedded-stores/tsconfig.json',
  'packages/tracker/src',
  'packages/tracker/package.json',
  'packages/tracker/build.mjs',
  'package.json',
  'tsconfig.json',
  'nest-cli.json',
];
const BUILT = 'dist/muster/main.js';
const STORES = 'packages/embedded-stores/dist';
/** What the program serves, built beside it. */
const SERVED = ['web/dist/index.html', 'packages/tracker/dist/t.js'];

/** The latest change below a path, folders included: a removed file changes its folder only. */
function newestMs(path) {
  const stat = statSync(path, { throwIfNoEntry: false });
  if (!stat) return 0;
  const below = stat.isDirectory() ? readdirSync(path).map((name) => newestMs(join(path, name))) : [];
  return Math.max(stat.mtimeMs, ...below);
}

const builtMs = statSync(join(root, BUILT), { throwIfNoEntry: false })?.mtimeMs ?? -1;
const hasStores = existsSync(join(root, STORES, 'index.js'));
const isServed = SERVED.every((path) => existsSync(join(root, path)));
if (!hasStores || !isServed || SOURCES.some((path) => newestMs(join(root, path)) > builtMs)) {
  const nest = join(root, 'node_modules/@nestjs/cli/bin/nest.js');
  if (!existsSync(nest)) {
    process.stderr.write(
      'The program has to be built first, and @nestjs/cli is missing: run "npm ci" (without --omit=dev)\n',
    );
    process.exit(78);
  }
  process.stderr.write('Building Muster...\n');
  // By its notes the compiler would take what was removed for built.
  if (!hasStores) rmSync(join(root, STORES, '.tsbuildinfo'), { force: true });
  const { status, error } = spawnSync('npm', ['run', '--silent', 'build'], { cwd: root, stdio: ['ignore', 2, 2] });
  if (error) process.stderr.write(`The build could not be run: ${error.message}\n`);
  // The compiler writes its output also when it finds errors: that must not pass for fresh next time.
  if (status !== 0) rmSync(join(root, BUILT), { force: true });
  process.exit(status ?? 1);
}
