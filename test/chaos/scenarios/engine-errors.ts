import { setTimeout as sleep } from 'node:timers/promises';
import { round } from '../round.js';
import { rounds, type Scenario } from './scenario.js';

/** Far more than the limit of time below allows. */
const TOO_SLOW = 60;

export const engineErrors: Scenario = {
  name: 'engine-errors',
  title: 'the engine refuses runs that take too long, others are cancelled over their queries',
  env: { MUSTER_QUERY_TIME_LIMIT_SECONDS: '2' },
  run: (fleet, { rounds: count, requests = 40 }) =>
    rounds(count, () =>
      round(fleet, { requests, watchers: 10 }, async (caller) => {
        const [tooSlow, cancelled] = [fleet.newQuestion(TOO_SLOW), fleet.newQuestion(TOO_SLOW)];
        await caller.ask({ ...tooSlow, failure: 'time_limit_exceeded' });
        const { id } = await caller.ask({ ...cancelled, isCancelled: true });
        await sleep(2000 * Math.random());
        await caller.cancel(id);
      }),
    ),
};
