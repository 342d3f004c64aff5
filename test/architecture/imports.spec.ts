import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { PACKAGE_ROOT, sourceFiles, type SourceFile } from '../support/source-files.js';

const FEATURES = [
  'access',
  'accounts',
  'properties',
  'events',
  'users',
  'cohorts',
  'catalogue',
  'requests',
  'results',
  'trackables',
  'usage',
  'collect',
];
/** The composition root and the programs: may import everything. */
const ROOTS = new Set([
  'src/main.ts',
  'src/start.ts',
  'src/serve.ts',
  'src/start-stores.ts',
  'src/app.module.ts',
  'src/entities.ts',
  'src/job-kinds.ts',
  'src/migrate-all.ts',
]);

/**
 * Which rooms of `src` a room may import, beside itself. The sentence of src/README.md: request -> plan -> SQL -> rows
 * -> result.
 */
const ARROWS: Record<string, readonly string[]> = {
  core: [],
  sql: ['core'],
  stores: ['core', 'sql', 'platform/config'],
  bodies: ['core'],
  platform: ['core', 'bodies'],
  jobs: ['core', 'stores', 'platform'],
  access: ['core', 'stores', 'platform', 'properties'],
  accounts: ['core', 'sql', 'stores', 'platform', 'access', 'properties', 'results'],
  properties: ['core', 'sql', 'stores', 'platform', 'bodies', 'jobs', 'access'],
  events: ['core', 'sql', 'stores', 'platform', 'properties', 'access'],
  users: ['core', 'sql', 'stores', 'platform', 'properties', 'access'],
  cohorts: ['core', 'sql', 'stores', 'platform', 'bodies', 'jobs', 'properties', 'access', 'results'],
  catalogue: ['core', 'sql', 'stores', 'platform', 'properties', 'access'],
  results: ['core', 'sql', 'stores', 'platform', 'properties', 'access'],
  collect: ['core', 'stores', 'platform', 'bodies', 'access', 'properties', 'events', 'users'],
  trackables: ['core', 'sql', 'stores', 'platform', 'properties', 'access', 'results'],
  usage: ['core', 'sql', 'stores', 'platform', 'jobs', 'properties', 'access', 'results'],
  requests: ['core', 'sql', 'stores', 'platform', 'jobs', 'properties', 'access', 'cohorts', 'catalogue', 'results'],
};

/** What pure code may take from outside; a cache remembers what a function of its arguments alone has given. */
const PURE_PACKAGES =
  /^(node:crypto|node:buffer|json-canonicalize|temporal-polyfill|lru-cache|ipaddr\.js|ajv|ajv\/.*)$/;

const files = sourceFiles('src', 'migrations', 'packages');

/** Folders of `packages`: workspaces that other programs could use, and which know nothing of `src`. */
const WORKSPACES = readdirSync(join(PACKAGE_ROOT, 'packages'));

interface Manifest {
  readonly dependencies?: Readonly<Record<string, string>>;
  readonly devDependencies?: Readonly<Record<string, string>>;
}

function manifestOf(workspace: string): Manifest {
  return JSON.parse(readFileSync(join(PACKAGE_ROOT, 'packages', workspace, 'package.json'), 'utf8'));
}

const roomOf = (path: string): string => path.split('/')[1] ?? '';

function isAllowed(from: SourceFile, target: string): boolean {
  if (ROOTS.has(from.path) || from.path.startsWith('src/cli/')) return true;
  if (from.path.startsWith('migrations/')) return false;
  if (from.path.startsWith('packages/')) return target.startsWith(`packages/${roomOf(from.path)}/`);
  if (!target.startsWith('src/')) return false;
  const room = roomOf(from.path);
  if (roomOf(target) === room) return true;
  return (ARROWS[room] ?? []).some((allowed) => target.startsWith(`src/${allowed}/`));
}

function imported({ path, imports }: SourceFile, target: RegExp): string[] {
  return imports.filter((t) => target.test(t)).map((t) => `${path} -> ${t}`);
}

describe('import arrows', () => {
  it('looks at every room of src', () => {
    const rooms = new Set(
      files.filter((f) => f.path.split('/').length > 2 && f.path.startsWith('src/')).map((f) => roomOf(f.path)),
    );
    rooms.delete('cli');
    expect([...rooms].sort()).toEqual(Object.keys(ARROWS).sort());
    expect(Object.keys(ARROWS)).toEqual(expect.arrayContaining(FEATURES));
  });

  it('follows the arrows of the design', () => {
    const wrong = files.flatMap((f) => f.imports.filter((t) => !isAllowed(f, t)).map((t) => `${f.path} -> ${t}`));
    expect(wrong).toEqual([]);
  });

  it.each(WORKSPACES)('lets packages/%s import what its package.json names, and nothing else', (name) => {
    const { dependencies = {}, devDependencies = {} } = manifestOf(name);
    const wrong = files
      .filter(({ path }) => path.startsWith(`packages/${name}/`))
      .flatMap(({ path, packages }) => {
        const isTest = path.startsWith(`packages/${name}/test/`);
        const known = Object.keys({ ...dependencies, ...(isTest && devDependencies) });
        const isKnown = (p: string): boolean => known.some((name) => p === name || p.startsWith(`${name}/`));
        return packages.filter((p) => !p.startsWith('node:') && !isKnown(p)).map((p) => `${path} -> ${p}`);
      });
    expect(wrong).toEqual([]);
  });

  it('goes one way within requests: run, answer, then what serves them', () => {
    const backwards = files.flatMap((f) => {
      if (f.path.startsWith('src/requests/run/')) return imported(f, /^src\/requests\/(?!run\/)/);
      if (f.path.startsWith('src/requests/answer/')) return imported(f, /^src\/requests\/(?!run\/|answer\/)/);
      return f.path.startsWith('src/requests/link/') ? [] : imported(f, /^src\/requests\/link\//);
    });
    const modules = /^src\/requests\/requests\.module\.ts/;
    expect(backwards.filter((arrow) => !modules.test(arrow) && arrow.startsWith('src/requests/'))).toEqual([]);
  });

  it('keeps core and sql pure', () => {
    const pure = files.filter((f) => /^src\/(core|sql)\//.test(f.path));
    const impure = pure.flatMap((f) =>
      f.packages.filter((p) => !PURE_PACKAGES.test(p)).map((p) => `${f.path} -> ${p}`),
    );
    const clocks = pure
      .filter((f) => /Date\.now\(|new Date\(\)|Math\.random|randomUUID|process\./.test(f.text))
      .map((f) => f.path);
    expect([...impure, ...clocks]).toEqual([]);
  });

  it('has no circular import', () => {
    expect(cycles(files)).toEqual([]);
  });

  it('writes .js at the end of every relative specifier', () => {
    const wrong = sourceFiles('src', 'migrations', 'packages', 'test', 'bench').flatMap((f) =>
      f.specifiers.filter((s) => !/\.(js|mjs|json)$/.test(s)).map((s) => `${f.path}: ${s}`),
    );
    expect(wrong).toEqual([]);
  });
});

/** Every import cycle, once, as a path. */
function cycles(sources: readonly SourceFile[]): string[] {
  const byPath = new Map(sources.map((f) => [f.path, f]));
  const done = new Set<string>();
  const found: string[] = [];
  const visit = (path: string, trail: readonly string[]): void => {
    if (trail.includes(path)) return void found.push([...trail.slice(trail.indexOf(path)), path].join(' -> '));
    if (done.has(path)) return;
    for (const next of byPath.get(path)?.imports ?? []) visit(next, [...trail, path]);
    done.add(path);
  };
  for (const path of byPath.keys()) visit(path, []);
  return found;
}
