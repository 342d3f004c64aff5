import { spawnSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { gzipSync } from 'node:zlib';

const PACKAGE = join(import.meta.dirname, '..');
const MOST_BYTES = 5 * 1024;

let folder: string;

beforeAll(() => {
  folder = mkdtempSync(join(tmpdir(), 'muster-tracker-'));
  const { status, stderr } = spawnSync(process.execPath, [join(PACKAGE, 'build.mjs'), folder], { encoding: 'utf8' });
  expect([status, stderr]).toEqual([0, '']);
});

afterAll(() => rmSync(folder, { recursive: true }));

const built = (name: string): string => readFileSync(join(folder, name), 'utf8');

describe('what pages load', () => {
  it('t.js has at most 5 KB by gzip', () => {
    const bytes = gzipSync(built('t.js'), { level: 9 }).length;
    process.stdout.write(`t.js: ${built('t.js').length} bytes, ${bytes} by gzip\n`);
    expect(bytes).toBeLessThanOrEqual(MOST_BYTES);
  });

  it.each(['t.js', 'trackr.js'])('%s is one script for evergreen browsers, with a source map', (name) => {
    const text = built(name);
    expect(text).toMatch(/^\(function\(\)\{/);
    // As it was written: nothing is translated for browsers that nobody updates.
    expect(text).toMatch(/=>/);
    expect(text).toMatch(/\?\?=/);
    expect(text).not.toMatch(/\b(import|require|eval)\(|regeneratorRuntime|__awaiter/);
    const { sources, sourcesContent } = JSON.parse(built(`${name}.map`)) as {
      sources: string[];
      sourcesContent: string[];
    };
    const queue = sources.findIndex((path) => path.endsWith('src/queue.ts'));
    expect(sourcesContent[queue]).toBe(readFileSync(join(PACKAGE, 'src/queue.ts'), 'utf8'));
  });
});

it('the package depends on nothing', () => {
  const manifest = JSON.parse(readFileSync(join(PACKAGE, 'package.json'), 'utf8')) as Record<string, unknown>;
  expect(manifest['dependencies']).toBeUndefined();
  expect(manifest['peerDependencies']).toBeUndefined();
});
