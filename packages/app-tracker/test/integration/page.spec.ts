import { execFile } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { type AddressInfo, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { COMMAND } from '../child-tracker.js';
import { startNaiveDoor } from '../naive-door.js';

const ROOT = resolve(import.meta.dirname, '../../../..');

/** The blocks of a kind on a page, one after the other. */
function blocks(page: string, kind: string): string {
  const text = readFileSync(join(ROOT, 'docs', page), 'utf8');
  return [...text.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === kind)
    .map(([, , block]) => block)
    .join('');
}

it('docs/app-tracker.md prints what it says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-page-'));
  const door = await startNaiveDoor();
  try {
    const program = blocks('app-tracker.md', 'js')
      .replaceAll('https://muster.example.org', door.url)
      .replace("'./usage'", JSON.stringify(folder));
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      cwd: ROOT,
    });
    expect(stdout).toBe(blocks('app-tracker.md', 'text'));
    expect(door.events.length).toBe(13);
  } finally {
    await door.close();
    rmSync(folder, { recursive: true, force: true });
  }
});

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  await once(server, 'close');
  return port;
}

it('docs/app-tracker-http.md prints what it says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-page-'));
  const door = await startNaiveDoor();
  try {
    const port = await freePort();
    const script = blocks('app-tracker-http.md', 'sh')
      .replaceAll('https://muster.example.org', door.url)
      .replace(':4680', `:${port}`)
      .replace('muster-app-tracker --config', `'${process.execPath}' '${COMMAND}' --port ${port} --config`);
    const { stdout } = await promisify(execFile)('bash', ['-c', script], { cwd: folder });
    expect(stdout.replaceAll('\r', '')).toBe(blocks('app-tracker-http.md', 'text'));
  } finally {
    await door.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
