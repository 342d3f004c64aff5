import { spawn } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { StoreProblem } from '../../src/store-problem.js';
import { claimDataFolder } from '../../src/data-folder.js';
import { startOf, thisProcess } from '../../src/process-identity.js';

describe('muster.pid', () => {
  let folder: string;
  let path: string;

  beforeEach(() => {
    folder = mkdtempSync(join(tmpdir(), 'muster-pid-'));
    path = join(folder, 'muster.pid');
  });

  afterEach(() => rmSync(folder, { recursive: true }));

  it('names this process until it is released', () => {
    const claim = claimDataFolder(folder);
    expect(readFileSync(path, 'utf8')).toBe(`${process.pid}\n${thisProcess().started}\n`);
    claim.release();
    expect(readdirSync(folder)).toEqual([]);
  });

  it('refuses the folder of a running process and names it', () => {
    claimDataFolder(folder);
    expect(() => claimDataFolder(folder)).toThrow(StoreProblem);
    expect(() => claimDataFolder(folder)).toThrow(`in use by the Muster process ${process.pid}`);
    expect(readdirSync(folder)).toEqual(['muster.pid']);
  });

  it.each([
    ['of a process that is gone', '4194304\n1\n'],
    ['of another process that has got the same number', `${process.pid}\nan earlier boot 1\n`],
    ['that the death of the machine left empty', ''],
  ])('takes over a file %s', (_what, content) => {
    writeFileSync(path, content);
    claimDataFolder(folder);
    expect(readFileSync(path, 'utf8')).toContain(thisProcess().started);
    expect(readdirSync(folder)).toEqual(['muster.pid']);
  });

  it('does not remove the file of another process', () => {
    const claim = claimDataFolder(folder);
    writeFileSync(path, '1\nsomeone else\n');
    claim.release();
    expect(readdirSync(folder)).toEqual(['muster.pid']);
  });

  it.each([
    ['a fresh folder', undefined],
    ['a folder that a killed process left', '4194304\n1\n'],
  ])('is given to exactly one of many processes that want %s', async (_what, left) => {
    for (let round = 0; round < 3; round++) {
      if (left === undefined) rmSync(path, { force: true });
      else writeFileSync(path, left);
      const contenders = Array.from({ length: 6 }, () => contender(folder));
      await Promise.all(contenders.map((one) => one.next()));
      const verdicts = await Promise.all(contenders.map((one) => one.next()));
      contenders.forEach((one) => one.end());
      expect(verdicts.toSorted()).toEqual(['claimed', ...Array.from({ length: 5 }, () => 'in use')]);
    }
  });
});

describe('startOf', () => {
  it('is undefined for a process that is gone', async () => {
    const child = spawn(process.execPath, ['-e', '']);
    expect(startOf(child.pid ?? 0)).toBeDefined();
    await new Promise((resolve) => child.once('exit', resolve));
    expect(startOf(child.pid ?? 0)).toBeUndefined();
  });
});

/**
 * Runs the built claim in a process of its own: its first line says that it is ready, its second how it went; then it
 * stays.
 */
function contender(folder: string): { next(): Promise<string>; end(): void } {
  const module = join(import.meta.dirname, '../../dist/data-folder.js');
  const script = `
    const { claimDataFolder } = await import(${JSON.stringify(module)});
    console.log('ready');
    process.stdin.once('data', () => {
      try { claimDataFolder(${JSON.stringify(folder)}); console.log('claimed'); }
      catch (error) { console.log(error.kind === 'folder_in_use' ? 'in use' : error.stack); }
    });`;
  const child = spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] });
  const lines = createInterface({ input: child.stdout })[Symbol.asyncIterator]();
  let isReady = false;
  return {
    next: async () => {
      if (isReady) child.stdin.write('go');
      isReady = true;
      return String((await lines.next()).value);
    },
    end: () => child.stdin.end(),
  };
}
