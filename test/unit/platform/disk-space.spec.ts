import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { DiskSpace, type DiskConfig } from '../../../src/platform/health/disk-space.js';
import { failureOf } from '../../../src/platform/http/failure-of.js';
import { engineFailure } from '../../../src/stores/clickhouse/engine-failure.js';

describe('the disk of the data folder', () => {
  let dataDir: string;
  beforeEach(() => (dataDir = mkdtempSync(join(tmpdir(), 'muster-disk-'))));
  afterEach(() => rmSync(dataDir, { recursive: true, force: true }));

  const space = (settings: Partial<DiskConfig> = {}): DiskSpace =>
    new DiskSpace({ dataDir, databaseUrl: undefined, clickhouseUrl: undefined, diskReserveBytes: 0, ...settings });

  it('takes writes above the reserve only, where one of the stores is on it', async () => {
    const url = 'http://server';
    const diskReserveBytes = 2 ** 60;
    expect(await space().refusal()).toBeNull();
    expect(await space({ diskReserveBytes, databaseUrl: url, clickhouseUrl: url }).refusal()).toBeNull();
    expect(await space({ diskReserveBytes, databaseUrl: url }).refusal()).toMatchObject({ code: 'storage_full' });
    await expect(space({ diskReserveBytes }).refuseWrites()).rejects.toMatchObject({
      status: 507,
      retryable: true,
      extra: { retry_after: 60 },
    });
  });

  it('is looked at once a second, however many ask', async () => {
    const disk = space();
    const [first, second] = [disk.refusal(), disk.refusal()];
    expect(first).toBe(second);
    await sleep(1100);
    expect(disk.refusal()).not.toBe(first);
  });

  it.each([
    ['deleted', () => undefined],
    ['deleted and made again', (folder: string) => mkdirSync(folder)],
  ])('takes nothing when the folder is %s', async (_, then) => {
    const folder = join(dataDir, 'data');
    mkdirSync(folder);
    const disk = space({ dataDir: folder });
    expect(await disk.refusal()).toBeNull();
    rmSync(folder, { recursive: true });
    // The number of a folder that is gone may be given to the next one at once.
    mkdirSync(join(dataDir, 'other'));
    then(folder);
    await sleep(1100);
    expect(await disk.refusal()).toMatchObject({ code: 'storage_unavailable', status: 507 });
  });

  it.each([
    ['PostgreSQL', Object.assign(new Error('could not extend file'), { code: '53100' })],
    [
      'PostgreSQL, wrapped',
      Object.assign(new Error('x'), { driverError: Object.assign(new Error('y'), { code: '53100' }) }),
    ],
    ['Node', Object.assign(new Error('write failed'), { code: 'ENOSPC' })],
    ['Redis', new Error('MISCONF Redis is configured to save RDB snapshots')],
    ['the engine', engineFailure(new Error('ENOSPC: no space left on device, write'))],
    ['ClickHouse', engineFailure(new Error('Cannot write to file, errno: 28, strerror: No space left on device'))],
  ])('is told as such when %s says that it is full', (_, error) => {
    expect(failureOf(error)).toMatchObject({ code: 'storage_full', status: 507 });
  });
});
