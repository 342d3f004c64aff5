import { runTogether } from '../support/run-together.js';

await runTogether('test/integration/metrics');
