import { asSetHash } from '../../../src/core/ids.js';
import type { CanonicalRequest } from '../../../src/core/request/canonical-request.js';
import type { RunResult } from '../../../src/core/request/run-result.js';
import { RequestEntity } from '../../../src/requests/run/request.entity.js';
import { RunEntity, type RunState } from '../../../src/requests/run/run.entity.js';
import { retryAfterSeconds } from '../../../src/requests/answer/answers.service.js';
import { toAnswer } from '../../../src/requests/answer/to-answer.js';

const CANONICAL: CanonicalRequest = {
  semantics_version: 2,
  cohort: { members: asSetHash('abc') },
  metric: 'event_count',
  params: { event: null, where: null },
  window: { kind: 'fixed', from: '1997-01-01T00:00:00.000Z', to: '1997-02-01T00:00:00.000Z', births: null },
  birth: null,
  series: null,
  breakdown: [],
  aggregators: ['mean'],
  time_zone: 'UTC',
  week_start: 'monday',
  as_of: null,
};

const RESULT: RunResult = {
  form: 2,
  columns: [{ name: 'count', type: 'number', description: 'How many.' }],
  aggregates: { count: { mean: 2, n: 1, n_undefined: 1, undefined: { unknown_user: 1 } } },
  series: null,
  breakdown: null,
  cohort_size: 2,
  observed_to: null,
  warnings: [],
  attempt: 2,
  timings: { queue_ms: 3, engine_ms: 4, rows_read: 5 },
};

function asked(state: RunState, more: Partial<RunEntity> = {}, detachedAt: Date | null = null) {
  const run: RunEntity = Object.assign(new RunEntity(), {
    id: 'run_1',
    propertyId: 'prop_1',
    hash: 'h',
    canonical: CANONICAL,
    state,
    attempt: 2,
    handedBack: 0,
    dataVersion: 7,
    asOf: new Date('2026-01-01T00:00:01Z'),
    createdAt: new Date('2026-01-01T00:00:00Z'),
    startedAt: new Date('2026-01-01T00:00:01Z'),
    finishedAt: new Date('2026-01-01T00:00:03.500Z'),
    validUntil: null,
    result: null,
    error: null,
    ...more,
  });
  const cohort = { id: 'coh_1', name: 'january', version: 3, hash: 'abc' };
  const request: RequestEntity = Object.assign(new RequestEntity(), {
    id: 'req_1',
    propertyId: 'prop_1',
    runId: 'run_1',
    apiKeyId: 'key_1',
    canonical: CANONICAL,
    cohort,
    namedMetric: null,
    createdAt: run.createdAt,
    detachedAt,
  });
  return { request, run };
}

describe('toAnswer', () => {
  it('tells a result with all that belongs to it', () => {
    const error = { code: 'engine_unavailable', detail: 'of the first attempt', retryable: true };
    const answer = toAnswer(asked('succeeded', { result: RESULT, error }), { cached: false, moved: [] });
    expect(answer).toEqual({
      id: 'req_1',
      hash: 'h',
      status: 'succeeded',
      request: CANONICAL,
      named_metric: null,
      cohort: { id: 'coh_1', version: 3, hash: 'abc', size: 2, evaluated_at: '2026-01-01T00:00:01.000Z' },
      as_of: '2026-01-01T00:00:01.000Z',
      data_version: 7,
      semantics_version: 2,
      columns: [{ name: 'count', type: 'number', unit: null }],
      aggregates: RESULT.aggregates,
      series: null,
      breakdown: null,
      observed_to: null,
      users: { href: '/v1/properties/prop_1/requests/req_1/users' },
      warnings: [],
      cached: false,
      stale: false,
      moved: [],
      refresh: null,
      progress: null,
      computed_at: '2026-01-01T00:00:03.500Z',
      valid_until: null,
      duration_ms: 2500,
      timings: RESULT.timings,
      error: null,
    });
  });

  it('says nothing of an earlier attempt while the run is queued again', () => {
    const error = { code: 'engine_unavailable', detail: 'gone', retryable: true };
    const answer = toAnswer(asked('queued', { error, finishedAt: null }), { cached: false, moved: null });
    expect(answer).toMatchObject({
      status: 'queued',
      as_of: null,
      data_version: null,
      error: null,
      aggregates: null,
      users: null,
    });
    expect(answer.columns).toEqual([{ name: 'count', type: 'number', unit: 'event' }]);
  });

  it('tells the error of a failed run', () => {
    const error = { code: 'time_limit_exceeded', detail: 'too long', retryable: false };
    expect(toAnswer(asked('failed', { error }), { cached: false, moved: null })).toMatchObject({
      status: 'failed',
      error,
      stale: null,
    });
  });

  it('calls a request that was given up cancelled, though its run has succeeded for others', () => {
    const given = asked('succeeded', { result: RESULT }, new Date());
    expect(toAnswer(given, { cached: false, moved: null })).toMatchObject({
      status: 'cancelled',
      aggregates: null,
      users: null,
      stale: null,
    });
  });
});

describe('retryAfterSeconds', () => {
  it.each([
    [0, 1],
    [3000, 1],
    [20_000, 5],
    [3_600_000, 30],
  ])('after %d ms asks to come back in %d s', (ageMs, seconds) => {
    expect(retryAfterSeconds(ageMs)).toBe(seconds);
  });
});
