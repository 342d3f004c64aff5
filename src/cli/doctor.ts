import { isClaimed } from '@muster/embedded-stores';
import { readConfig } from '../platform/config/read-config.js';
import { StartupProblem } from '../platform/config/startup-problem.js';
import { exitOnSignals } from '../platform/process/ending.js';
import { urlsOfRunning } from './running-stores.js';
import { checkFolder } from './doctor/check-folder.js';
import { checkMachine } from './doctor/check-machine.js';
import { checkSecrets } from './doctor/check-secrets.js';
import { checkStores, type StoresToCheck } from './doctor/check-stores.js';
import { checkTls } from './doctor/check-tls.js';
import { fail, fine, type Finding } from './doctor/finding.js';
import type { Config } from '../platform/config/config.js';

/**
 * Looks at everything that a start needs, changes and starts nothing, and prints a line for each finding, or all as
 * JSON. The exit code is 1 where something fails.
 */
export async function doctor(isJson: boolean): Promise<void> {
  exitOnSignals();
  const findings = await findAll();
  if (isJson) console.log(JSON.stringify({ findings }, null, 2));
  else for (const finding of findings) console.log(lineOf(finding));
  process.exit(findings.some(({ state }) => state === 'fail') ? 1 : 0);
}

async function findAll(): Promise<Finding[]> {
  const machine = checkMachine();
  let config: Config;
  try {
    config = readConfig();
  } catch (error) {
    if (!(error instanceof StartupProblem)) throw error;
    return [...machine, ...error.problems.map((problem) => fail('settings', problem, 'Change or unset it'))];
  }
  const folder = await checkFolder(config);
  const stores = storesOf(config);
  return [
    ...machine,
    fine('settings', 'all are valid'),
    ...folder,
    ...checkTls(config),
    ...(await checkStores(stores)),
    ...(await checkSecrets(config, stores.databaseUrl)),
  ];
}

/** Those given by URL, and embedded ones where Muster runs: nothing is started. */
function storesOf(config: Config): StoresToCheck {
  return isClaimed(config.dataDir) ? urlsOfRunning(config) : config;
}

function lineOf({ what, state, found, advice }: Finding): string {
  const said = `${{ ok: 'ok  ', warn: 'WARN', fail: 'FAIL' }[state]}  ${what.padEnd(12)}  ${found}`;
  return advice === undefined ? said : `${said}\n      -> ${advice}`;
}
