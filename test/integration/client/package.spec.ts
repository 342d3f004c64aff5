import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import { canonicalHash } from '../../../packages/client/src/index.js';
import { PACKAGE_ROOT } from '../../support/source-files.js';

const run = promisify(execFile);
const CLIENT = join(PACKAGE_ROOT, 'packages/client');
const CANONICAL = { metric: 'event_count', semantics_version: 2 };
const PROGRAM = `import { canonicalHash, MusterClient } from '@muster/client';
const client: MusterClient = new MusterClient({ url: 'http://127.0.0.1:3000', apiKey: 'muster_sk_' });
const hash: string = await canonicalHash(${JSON.stringify(CANONICAL)});
console.log(hash, typeof client.property);
`;

/** An empty project with the packed client, and with what it depends on taken from here instead of a registry. */
describe('packages/client, packed and installed elsewhere', () => {
  let project: string;

  beforeAll(async () => {
    project = mkdtempSync(join(tmpdir(), 'muster-client-'));
    const { stdout } = await run('npm', ['pack', '--silent', '--pack-destination', project], { cwd: CLIENT });
    writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }));
    const dependencies = ['openapi-fetch', 'openapi-typescript-helpers'].map((name) =>
      join(PACKAGE_ROOT, 'node_modules', name),
    );
    const options = ['--offline', '--install-links', '--no-audit', '--no-fund'];
    await run('npm', ['install', ...options, `./${stdout.trim()}`, ...dependencies], { cwd: project });
    writeFileSync(join(project, 'program.ts'), PROGRAM);
  }, 180_000);

  afterAll(() => rmSync(project, { recursive: true, force: true }));

  it('has types, runs, and computes hashes', async () => {
    const { version } = JSON.parse(readFileSync(join(project, 'node_modules/@muster/client/package.json'), 'utf8'));
    expect(version).toBe(JSON.parse(readFileSync(join(PACKAGE_ROOT, 'package.json'), 'utf8')).version);
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
    expect(stdout).toBe(`${await canonicalHash(CANONICAL)} function\n`);
  }, 180_000);
});
