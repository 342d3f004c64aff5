import { mkdtempSync, rmSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { tmpdir } from 'node:os';
import { pino } from 'pino';
import pg from 'pg';
import { startPostgres } from '../../../src/stores/postgres/embedded/start-postgres.js';
import { openDataFolder } from '../../../src/stores/embedded/data-folder.js';

it('starts', async () => {
  const dataDir = mkdtempSync(join(tmpdir(), 'muster-x-'));
  openDataFolder(dataDir);
  const logger = pino();
  for (let i = 0; i < 3; i++) {
    let t = performance.now();
    const s = await startPostgres({ dataDir, fsync: true, logger });
    console.log('start', i, performance.now() - t, s.url, s.pid);
    const c = new pg.Client({ connectionString: s.url });
    c.on('error', (e)=>console.log('client', e.message));
    await c.connect();
    console.log((await c.query("select version(), current_setting('fsync') f")).rows);
    if (i === 1) {
      t = performance.now();
      const old = s.pid!;
      process.kill(old, 'SIGKILL');
      for (;;) {
        try { const d = new pg.Client({ connectionString: s.url }); d.on('error',()=>0); await d.connect(); await d.query('select 1'); await d.end(); if (s.pid !== old && s.pid) break; } catch { await new Promise((r) => setTimeout(r, 10)); }
      }
      console.log('restarted', performance.now() - t);
    }
    await c.end().catch(() => 0);
    t = performance.now();
    await s.stop();
    console.log('stop', performance.now() - t);
  }
  rmSync(dataDir, { recursive: true, force: true });
});
