import { runTogether } from '../support/run-together.js';

await runTogether('test/golden', 'test/architecture');
