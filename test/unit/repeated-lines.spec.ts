import { pino } from 'pino';
import { NestLogger, RepeatedLines } from '../../src/platform/logging/nest-logger.js';

describe('a line that is repeated', () => {
  it('is let through once in ten seconds, and then tells how often it was held back', () => {
    const lines = new RepeatedLines();
    expect(lines.pass('away', 0)).toBe(0);
    expect(lines.pass('away', 5)).toBeNull();
    expect(lines.pass('other', 6)).toBe(0);
    expect(lines.pass('away', 9999)).toBeNull();
    expect(lines.pass('away', 10_000)).toBe(2);
    expect(lines.pass('away', 10_001)).toBeNull();
    expect(lines.pass('away', 20_000)).toBe(1);
  });

  it('is forgotten after hundreds of others', () => {
    const lines = new RepeatedLines();
    lines.pass('first', 0);
    for (let i = 0; i < 500; i++) lines.pass(`line ${i}`, 1);
    expect(lines.pass('line 499', 2)).toBeNull();
    expect(lines.pass('first', 2)).toBe(0);
  });

  it('is held back among warnings and errors of one speaker, not among what is merely told', () => {
    const written: { msg: string; context: string; runId?: string }[] = [];
    const logger = new NestLogger(pino({}, { write: (line: string) => void written.push(JSON.parse(line)) }));
    for (let i = 0; i < 3; i++) {
      logger.warn('the queue: gone', 'RunQueue');
      logger.warn('the queue: gone', 'RunProcessor');
      logger.warn({ msg: 'not enqueued', runId: `run ${i}`, err: new Error('gone') }, 'RunScheduler');
      logger.error(new Error(`gone`), 'RunSweeper');
      logger.log('run ended', 'RunLog');
    }
    const reported = written.map(({ context, runId }) => runId ?? context);
    expect(reported).toEqual([
      'RunQueue',
      'RunProcessor',
      'run 0',
      'RunSweeper',
      'RunLog',
      'run 1',
      'RunLog',
      'run 2',
      'RunLog',
    ]);
  });
});
