import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { canonicalHash } from '../../../packages/client/src/index.js';
import { VERSION } from '../../../packages/app-tracker/src/version.js';
import { PACKAGE_ROOT } from '../../support/source-files.js';

const run = promisify(execFile);
const PACKED = ['client', 'app-tracker'];
const CANONICAL = { metric: 'event_count', semantics_version: 2 };
const PROGRAM = `import { AppTracker, type Statistic } from '@muster/app-tracker';
import { canonicalHash, MusterClient } from '@muster/client';
const client: MusterClient = new MusterClient({ url: 'http://127.0.0.1:3000', apiKey: 'muster_sk_' });
const hash: string = await canonicalHash(${JSON.stringify(CANONICAL)});
const application = { name: 'program', version: '1' };
const tracker = await AppTracker.open({ folder: 'usage', application });
const runs: Statistic = tracker.statistic('runs');
await runs.add();
await tracker.close();
console.log(hash, typeof client.property, runs.value);
`;

/** An empty project with both as they are packed, and with what they depend on taken from here instead of a registry. */
describe('packages/client and packages/app-tracker, packed and installed elsewhere', () => {
  let project: string;

  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), 'muster-client-'));
    const packed: string[] = [];
    for (const name of PACKED) {
      const cwd = join(PACKAGE_ROOT, 'packages', name);
      const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', project], { cwd });
      packed.push(`./${stdout.trim().split('\n').at(-1)}`);
    }
    writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const dependencies = ['openapi-fetch', 'openapi-typescript-helpers', 'ini'].map((name) =>
      join(PACKAGE_ROOT, 'node_modules', name),
    );
    const options = ['--offline', '--install-links', '--no-audit', '--no-fund'];
    await run('npm', ['install', ...options, ...packed, ...dependencies], { cwd: project });
    writeFileSync(join(project, 'program.ts'), PROGRAM);
  }, 180_000);

  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it('has types, runs, and computes hashes', async () => {
    const versionOf = (path: string): string => JSON.parse(readFileSync(join(path, 'package.json'), 'utf8')).version;
    const versions = PACKED.map((name) => versionOf(join(project, 'node_modules/@muster', name)));
    expect([...versions, VERSION]).toEqual([0, 1, 2].map(() => versionOf(PACKAGE_ROOT)));
    const compiler = join(PACKAGE_ROOT, 'node_modules/typescript/bin/tsc');
    const typeRoots = join(PACKAGE_ROOT, 'node_modules/@types');
    const options = [
      '--module',
      'nodenext',
      '--target',
      'es2023',
      '--strict',
      '--typeRoots',
      typeRoots,
      '--types',
      'node',
    ];
    await run(process.execPath, [compiler, ...options, 'program.ts'], { cwd: project });
    const { stdout } = await run(process.execPath, ['program.js'], { cwd: project });
    expect(stdout).toBe(`${await canonicalHash(CANONICAL)} function 1\n`);
  }, 180_000);
});
