import { readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { PACKAGE_ROOT } from '../support/source-files.js';

const WEB = join(PACKAGE_ROOT, 'web/src');

interface WebFile {
  /** From `web/src`. */
  readonly path: string;
  readonly room: string;
  readonly text: string;
  /** Rooms whose files it imports at once, beside its own. */
  readonly rooms: readonly string[];
  readonly packages: readonly string[];
}

/** What a room may import beside itself; views also the contexts of `app`. */
const ARROWS: Readonly<Record<string, readonly string[]>> = {
  text: [],
  api: ['text'],
  parts: ['text'],
  session: ['api', 'parts', 'text', 'style'],
  app: ['api', 'parts', 'session', 'text', 'style'],
  ask: ['api', 'parts', 'text', 'app'],
  cohort: ['api', 'parts', 'text', 'app'],
  watch: ['api', 'parts', 'text', 'app'],
  read: ['api', 'parts', 'text', 'app'],
  access: ['api', 'parts', 'text', 'app'],
  settings: ['api', 'parts', 'text', 'app'],
  stored: ['api', 'parts', 'text', 'app'],
  figures: ['api', 'parts', 'text', 'app', 'read'],
};

const files = readdirSync(WEB, { recursive: true, encoding: 'utf8' })
  .filter((path) => /\.tsx?$/.test(path))
  .map(readFile);

function readFile(path: string): WebFile {
  const text = readFileSync(join(WEB, path), 'utf8');
  const found = [...text.matchAll(/(?:^|\n)\s*(?:import|export)\s(?:[^;'"]*?\sfrom\s)?['"]([^'"]+)['"]/g)];
  const specifiers = found.map(([, specifier = '']) => specifier);
  const room = path.split('/').length > 1 ? (path.split('/')[0] ?? '') : '';
  const rooms = specifiers
    .filter((one) => one.startsWith('.'))
    .map((one) => join(dirname(path), one).split('/')[0] ?? '');
  return { path, room, text, rooms, packages: specifiers.filter((one) => !one.startsWith('.')) };
}

describe('web/src', () => {
  it('follows its arrows', () => {
    const wrong = files
      .filter(({ room }) => room !== '')
      .flatMap(({ path, room, rooms }) =>
        rooms.filter((to) => to !== room && ARROWS[room]?.includes(to) !== true).map((to) => `${path} -> ${to}`),
      );
    expect(files.length).toBeGreaterThan(10);
    expect(wrong).toEqual([]);
  });

  it('takes from outside what its package.json names, and the client', () => {
    const manifest = readFileSync(join(PACKAGE_ROOT, 'web/package.json'), 'utf8');
    const { devDependencies } = JSON.parse(manifest) as { devDependencies: Record<string, string> };
    const nameOf = (specifier: string): string =>
      specifier
        .split('/')
        .slice(0, specifier.startsWith('@') ? 2 : 1)
        .join('/');
    const wrong = files.flatMap(({ path, packages }) =>
      packages.filter((one) => devDependencies[nameOf(one)] === undefined).map((one) => `${path} -> ${one}`),
    );
    expect(wrong).toEqual([]);
  });

  it('writes no HTML, runs no text, and names no other server', () => {
    const loud = files.filter(({ text }) =>
      /dangerouslySetInnerHTML|\.(inner|outer)HTML|insertAdjacentHTML|document\.write|\beval\(|new Function/.test(text),
    );
    const strange = files.filter(({ text }) => /['"`]https?:\/\/(?!www\.w3\.org)/.test(text));
    expect([...loud, ...strange].map(({ path }) => path)).toEqual([]);
  });

  it('computes without a page what can be: files without views import no React', () => {
    const wrong = files.filter(({ path, packages, room }) =>
      path.endsWith('.ts') && !['api', 'app'].includes(room) ? packages.some((one) => one.startsWith('react')) : false,
    );
    expect(wrong.map(({ path }) => path)).toEqual([]);
  });

  it('has files of at most 300 lines', () => {
    expect(files.filter(({ text }) => text.split('\n').length > 301).map(({ path }) => path)).toEqual([]);
  });
});
