import { existsSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { takeBackup } from '../../../src/cli/backup/take-backup.js';
import { startTestEngine } from '../../support/embedded-engine.js';
import { startTestDatabase } from '../../support/embedded-postgres.js';

describe('a backup of tables that an earlier version has left', () => {
  it('is refused for either store, and leaves nothing', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'muster-backup-'));
    const [earlier, current] = await Promise.all([
      startTestDatabase({ isMigrated: false }),
      startTestDatabase({ isMigrated: true }),
    ]);
    const engine = await startTestEngine({ migrate: false });
    const backup = join(folder, 'backup');
    const taken = (databaseUrl: string) => takeBackup({ databaseUrl, clickhouseUrl: engine.url }, backup);
    await expect(taken(earlier.url)).rejects.toThrow('The database is of an earlier Muster');
    await expect(taken(current.url)).rejects.toThrow('The engine is of an earlier Muster');
    expect(existsSync(backup)).toBe(false);
    await Promise.all([earlier.stop(), current.stop(), engine.stop()]);
    rmSync(folder, { recursive: true });
  });
});
