import { runTogether } from '../support/run-together.js';

// The queue's suites once more, with the jobs in Redis: needs `redis-server`.
process.env['MUSTER_TEST_QUEUE'] = 'redis';
await runTogether('test/integration/queue');
