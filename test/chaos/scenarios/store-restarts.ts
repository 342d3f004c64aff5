import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../support/until.js';
import type { Caller } from '../caller.js';
import { round } from '../round.js';
import { rounds, type Scenario, type Size } from './scenario.js';
import type { StopMode } from '../restartable-postgres.js';

const AWAY_MS = 8000;
const MODES: readonly StopMode[] = ['immediate', 'fast'];

export const postgresRestart: Scenario = {
  name: 'postgres',
  title: 'PostgreSQL is restarted, immediate and fast by turns, away for up to 8 s',
  run: (fleet, size) =>
    rounds(size.rounds, (n) =>
      round(fleet, loadOf(size), async (caller) => {
        await underWay(caller, size);
        await fleet.postgres.restart(MODES[n % MODES.length]!, AWAY_MS * Math.random());
      }),
    ),
};

export const redisRestart: Scenario = {
  name: 'redis',
  title: 'Redis is killed and comes back empty: every job is gone',
  queue: 'redis',
  run: (fleet, size) =>
    rounds(size.rounds, () =>
      round(fleet, loadOf(size), async (caller) => {
        await underWay(caller, size);
        await fleet.redis?.restart();
      }),
    ),
};

export const engineKill: Scenario = {
  name: 'engine',
  title: 'the engine is killed over its queries, and started again',
  run: (fleet, size) =>
    rounds(size.rounds, () =>
      round(fleet, loadOf(size), async (caller) => {
        await underWay(caller, size);
        const { pid } = fleet.engine;
        if (pid !== undefined) process.kill(pid, 'SIGKILL');
      }),
    ),
};

const loadOf = ({ requests = 60, watchers = 20, slow = 12 }: Size) => ({ requests, watchers, slow });

async function underWay(caller: Caller, { requests = 60 }: Size): Promise<void> {
  await until(() => caller.accepted.length >= requests / 3, 60_000);
  await sleep(500 * Math.random());
}
