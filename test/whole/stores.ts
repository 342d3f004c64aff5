import { runTogether } from '../support/run-together.js';

await runTogether('test/integration/engine', 'test/integration/postgres', 'packages/embedded-stores/test/integration');
