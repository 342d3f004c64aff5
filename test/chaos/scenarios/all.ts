import { apiKill, watchers } from './api-kill.js';
import type { Scenario } from './scenario.js';
import { workerKill } from './worker-kill.js';

export const SCENARIOS: readonly Scenario[] = [workerKill, apiKill, watchers];
