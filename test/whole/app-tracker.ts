import { runTogether } from '../support/run-together.js';

await runTogether('packages/app-tracker/test/integration');
