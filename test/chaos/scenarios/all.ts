import { apiKill, watchers } from './api-kill.js';
import { clockOff } from './clock.js';
import { engineErrors } from './engine-errors.js';
import { fullQueue, manyQueued } from './many.js';
import type { Scenario } from './scenario.js';
import { stall } from './stall.js';
import { engineKill, postgresRestart, redisRestart } from './store-restarts.js';
import { workerKill } from './worker-kill.js';

export const SCENARIOS: readonly Scenario[] = [
  workerKill,
  apiKill,
  watchers,
  postgresRestart,
  redisRestart,
  engineKill,
  engineErrors,
  clockOff,
  stall,
  fullQueue,
  manyQueued,
];
