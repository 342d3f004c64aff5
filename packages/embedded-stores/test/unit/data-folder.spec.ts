import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { diskFullProblem, openDataFolder, refuseFirstStart } from '../../src/data-folder.js';

describe('the disk of the data folder', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'muster-disk-'))));
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  it('without room for a first start says so, and lets a later one begin', () => {
    openDataFolder(dataDir);
    const refused = { kind: 'storage_full', problems: [expect.stringContaining('less than the reserve')] };
    expect(() => refuseFirstStart(dataDir, 2 ** 60)).toThrow(expect.objectContaining(refused));
    expect(() => refuseFirstStart(dataDir, 0)).not.toThrow();
    mkdirSync(join(dataDir, 'postgres/data'), { recursive: true });
    expect(() => refuseFirstStart(dataDir, 2 ** 60)).not.toThrow();
  });

  it.each([
    'ENOSPC: no space left on device, write',
    'initdb ended with 1.\nFATAL: could not write lock file "postmaster.pid": No space left on device',
    'Code: 243. DB::Exception: Cannot reserve 1.00 MiB, not enough space. (NOT_ENOUGH_SPACE)',
  ])('that is full at a start is told in one line: %s', (message) => {
    const problem = { kind: 'storage_full', problems: [expect.stringContaining('is full')] };
    expect(diskFullProblem(dataDir, new Error(message))).toMatchObject(problem);
    expect(diskFullProblem(dataDir, new Error('something else'))).toBeUndefined();
  });
});
