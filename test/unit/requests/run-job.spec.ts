import { readRunJob, runJob } from '../../../src/stores/queue/run-job.js';

describe('the contract of jobs', () => {
  it('reads what it writes', () => {
    const job = runJob('run_1', 'prop_1');
    expect(readRunJob(JSON.parse(JSON.stringify(job)))).toEqual({ version: 1, runId: 'run_1', propertyId: 'prop_1' });
  });

  it.each([[null], ['x'], [{}], [{ ...runJob('r', 'p'), version: 2 }], [{ version: 1, runId: 'r' }]])(
    'refuses %j',
    (data) => {
      expect(() => readRunJob(data)).toThrow(/job/);
    },
  );
});
