import { Failure } from '../../../src/core/failure.js';
import {
  partialFailure,
  type FailedBatch,
  type IngestProgress,
} from '../../../src/properties/ingest/ingest-progress.js';

const before: Omit<IngestProgress, 'failed'> = {
  apiKeyId: 'key',
  streamSeq: 4,
  seq: 4,
  dataVersion: 4,
  items: 900,
  accepted: 890,
  duplicates: 5,
  conflicting: 0,
  conflictingIndexes: [],
};
const cause = new Failure('memory_limit_exceeded', 'Ask for fewer users.');
const batch: FailedBatch = { seq: 5, items: 100, stored: null, cause };

describe('how far a body has got', () => {
  it('speaks to its sender, whose data no limit of a query is about', () => {
    const reported = partialFailure(cause, { ...before, failed: batch });
    expect(reported).toMatchObject({
      code: 'storing_failed',
      status: 503,
      retryable: true,
      extra: { ingest_seq: 5, in_doubt: 100, stored: { ingest_seq: 4, items: 900, accepted: 890, duplicates: 5 } },
    });
    expect(reported.detail).not.toContain('fewer users');
  });

  it('has no doubt about a batch of which nothing is there', () => {
    const reported = partialFailure(cause, { ...before, failed: { ...batch, stored: 0 } });
    expect(reported.extra).toEqual({ stored: { ingest_seq: 4, items: 900, accepted: 890, duplicates: 5 } });
    expect(reported.detail).toContain('None of the last 100 items has been added');
  });

  it('tells of a batch in doubt also where the body itself cannot be read on', () => {
    const reported = partialFailure(new Failure('malformed_body', 'Not gzip.'), { ...before, failed: batch });
    expect(reported).toMatchObject({ code: 'malformed_body', status: 400, extra: { ingest_seq: 5, in_doubt: 100 } });
    expect(reported.detail).toMatch(/^Not gzip\. The last 100 items may be stored/);
  });

  it('leaves the failure of a body alone where all that came before is certain', () => {
    const reported = partialFailure(new Failure('malformed_body', 'Not gzip.'), { ...before, failed: null });
    expect([reported.code, reported.detail]).toEqual(['malformed_body', 'Not gzip.']);
  });

  it.each([
    [Object.assign(new Error('gone'), { code: 'ECONNRESET' }), 'database_unavailable'],
    [new TypeError('ours'), 'storing_failed'],
  ])('is told whatever was thrown: %s', (error, code) => {
    expect(partialFailure(error, { ...before, failed: null })).toMatchObject({
      code,
      status: 503,
      extra: { stored: { items: 900 } },
    });
  });
});
