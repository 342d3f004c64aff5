import { toProgress, type ProgressFigures } from '../../../src/requests/run/progress.dto.js';
import { RunEntity } from '../../../src/requests/run/run.entity.js';

const STARTED = new Date('2026-01-01T00:00:00Z');
const run = (more: Partial<RunEntity>): RunEntity =>
  Object.assign(new RunEntity(), { state: 'running', startedAt: STARTED, rowsRead: null, rowsToRead: null, ...more });
const after = (ms: number, of: RunEntity, outlook: Partial<ProgressFigures> = {}) =>
  toProgress(of, { ahead: 0, underWay: 2, usualMs: null, ...outlook }, STARTED.getTime() + ms);

describe('toProgress', () => {
  it('tells a queued run its place, and what it takes as if all were alike', () => {
    const queued = run({ state: 'queued', startedAt: null });
    expect(after(0, queued, { ahead: 4, usualMs: 100 })).toEqual({
      queue_position: 5,
      rows_read: null,
      rows_to_read: null,
      percent: null,
      started_at: null,
      elapsed_ms: null,
      estimated_remaining_ms: 300,
    });
    expect(after(0, queued, { ahead: 4 }).estimated_remaining_ms).toBeNull();
  });

  it('forgets the start of an attempt that went back to the queue', () => {
    expect(after(500, run({ state: 'queued', rowsRead: 5, rowsToRead: 10 }))).toMatchObject({
      queue_position: 1,
      started_at: null,
      rows_read: null,
      elapsed_ms: null,
    });
  });

  it('tells a running run what is read, and estimates by it', () => {
    expect(after(1000, run({ rowsRead: 25, rowsToRead: 100 }), { usualMs: 90 })).toEqual({
      queue_position: null,
      rows_read: 25,
      rows_to_read: 100,
      percent: 25,
      started_at: STARTED.toISOString(),
      elapsed_ms: 1000,
      estimated_remaining_ms: 3000,
    });
  });

  it('estimates by past runs while little is read, and as long as they say something', () => {
    expect(after(30, run({ rowsRead: 1, rowsToRead: 100 }), { usualMs: 100 })).toMatchObject({
      percent: 1,
      estimated_remaining_ms: 70,
    });
    expect(after(300, run({}), { usualMs: 100 })).toMatchObject({ percent: null, estimated_remaining_ms: null });
    expect(after(200, run({ rowsRead: 1, rowsToRead: 101 }), { usualMs: 100 }).estimated_remaining_ms).toBe(20_000);
    expect(after(300, run({}))).toMatchObject({ estimated_remaining_ms: null });
  });

  it('is not over before it is over', () => {
    expect(after(1, run({ rowsRead: 120, rowsToRead: 100 })).percent).toBe(99);
  });
});
