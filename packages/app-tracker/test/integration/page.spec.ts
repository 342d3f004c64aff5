import { execFile } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { promisify } from 'node:util';
import { startNaiveDoor } from '../naive-door.js';

const ROOT = resolve(import.meta.dirname, '../../../..');

/** The blocks of a kind, one after the other. */
function blocks(kind: string): string {
  const page = readFileSync(join(ROOT, 'docs/app-tracker.md'), 'utf8');
  return [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)]
    .filter(([, found]) => found === kind)
    .map(([, , block]) => block)
    .join('');
}

it('docs/app-tracker.md prints what it says', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'muster-page-'));
  const door = await startNaiveDoor();
  try {
    const program = blocks('js')
      .replaceAll('https://muster.example.org', door.url)
      .replace("'./usage'", JSON.stringify(folder));
    const { stdout } = await promisify(execFile)(process.execPath, ['--input-type=module', '-e', program], {
      cwd: ROOT,
    });
    expect(stdout).toBe(blocks('text'));
    expect(door.events.length).toBe(13);
  } finally {
    await door.close();
    rmSync(folder, { recursive: true, force: true });
  }
});
