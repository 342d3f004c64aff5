import { runTogether } from '../support/run-together.js';

await runTogether('test/integration/client', 'test/integration/docs');
