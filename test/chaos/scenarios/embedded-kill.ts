import { setTimeout as sleep } from 'node:timers/promises';
import type { Checked } from '../check.js';
import { EmbeddedSite } from '../embedded-site.js';
import { round } from '../round.js';
import { rounds, type Size } from './scenario.js';

export const embeddedKill = {
  name: 'embedded',
  title: 'the one process, with its stores, is killed (`kill -9`) at a random moment and started again',
  run: async ({ rounds: count, requests = 24, watchers = 10 }: Size): Promise<Checked> => {
    const site = await EmbeddedSite.start();
    try {
      return await rounds(count, () =>
        round(site, { requests, watchers, slow: 3 }, async () => {
          await sleep(3000 * Math.random());
          await site.kill();
          const orphaned = await site.audit.orphanedBy(null, 0);
          await site.restart();
          // Counted from when it is there again: how long a start takes is the machine's.
          return { ...orphaned, atMs: await site.audit.nowMs() };
        }),
      );
    } finally {
      await site.stop();
    }
  },
};
