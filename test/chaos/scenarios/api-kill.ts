import { setTimeout as sleep } from 'node:timers/promises';
import { until } from '../../support/until.js';
import { round } from '../round.js';
import { rounds, type Scenario } from './scenario.js';

export const apiKill: Scenario = {
  name: 'api-kill',
  title: 'an api process is killed while it accepts and is watched',
  run: (fleet, { rounds: count, requests = 60, watchers = 30 }) =>
    rounds(count, (n) =>
      round(fleet, { requests, watchers, slow: 1 }, async (caller) => {
        await until(() => caller.accepted.length >= requests * (0.1 + 0.7 * Math.random()), 60_000);
        await fleet.killApi(fleet.apis[n % fleet.apis.length]!);
        await sleep(500);
        await fleet.addApi();
      }),
    ),
};

export const watchers: Scenario = {
  name: 'watchers',
  title: 'clients watch over both api processes while runs end; one of the two is killed',
  run: (fleet, { rounds: count, requests = 50, watchers = 200 }) =>
    rounds(count, (n) =>
      round(fleet, { requests, watchers, slow: 6, slowness: 8 }, async (caller) => {
        await until(() => caller.accepted.length >= requests, 60_000);
        await sleep(1500 * Math.random());
        await fleet.killApi(fleet.apis[n % fleet.apis.length]!);
        await fleet.addApi();
      }),
    ),
};
