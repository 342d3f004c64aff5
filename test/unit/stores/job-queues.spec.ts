import { readMessage, writeMessage } from '../../../src/stores/queue/job-queues.js';

describe('the data of queued jobs', () => {
  it.each([
    { id: 'run_1', generation: null },
    { id: 'upl_1', generation: 3 },
  ])('are read as they were written: %j', (message) => {
    expect(readMessage(JSON.parse(JSON.stringify(writeMessage(message))))).toEqual(message);
  });

  it('are read as programs wrote them that had a queue of their own for each kind', () => {
    expect(readMessage({ version: 1, runId: 'run_1', propertyId: 'prop_1' })).toEqual({
      id: 'run_1',
      generation: null,
    });
    expect(readMessage({ version: 1, uploadId: 'upl_1', asked: 2 })).toEqual({ id: 'upl_1', generation: 2 });
  });

  it.each([
    [null],
    ['x'],
    [{}],
    [{ version: 3, id: 'run_1', generation: null }],
    [{ version: 1, propertyId: 'prop_1' }],
    [{ version: 1, uploadId: 'upl_1' }],
    [{ version: 2, id: 'run_1' }],
    [{ version: 2, id: 7, generation: null }],
  ])('refuse %j', (data) => {
    expect(() => readMessage(data)).toThrow(/job/);
  });
});
