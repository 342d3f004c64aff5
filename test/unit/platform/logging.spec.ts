import { QueryFailedError } from 'typeorm';
import { createLogger } from '../../../src/platform/logging/logger.js';
import { NestLogger } from '../../../src/platform/logging/nest-logger.js';

function linesOf(write: (logger: ReturnType<typeof createLogger>) => void, level = 'trace'): Record<string, unknown>[] {
  const lines: string[] = [];
  write(createLogger(level, { write: (line) => void lines.push(line) }));
  return lines.map((line) => JSON.parse(line) as Record<string, unknown>);
}

describe('createLogger', () => {
  it('writes one JSON line with an RFC 3339 time', () => {
    const [line] = linesOf((logger) => logger.info({ a: 1 }, 'hello'));
    expect(line).toMatchObject({ level: 30, a: 1, msg: 'hello' });
    expect(line?.time).toMatch(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/);
  });

  it('keeps to its level', () => {
    expect(linesOf((logger) => logger.info('hello'), 'warn')).toEqual([]);
  });

  it.each([
    ['in a message', (log) => log.info('cannot reach postgresql://muster:hunter2@/db')],
    ['in a field', (log) => log.info({ url: 'https://u:hunter2@ch:8443/db' }, 'x')],
    ['in an error', (log) => log.error({ err: new Error('bad url redis://:hunter2@h') }, 'x')],
    ['in an authorization header', (log) => log.info({ req: { headers: { authorization: 'Custom hunter2' } } }, 'x')],
    ['in a bearer token within text', (log) => log.warn('got "Authorization: Bearer hunter2"')],
    ['in a password', (log) => log.info({ options: { password: 'hunter2' } }, 'x')],
  ] satisfies [string, (log: ReturnType<typeof createLogger>) => void][])(
    'keeps secrets %s to itself',
    (_where, write) => {
      const lines = linesOf(write);
      expect(lines).toHaveLength(1);
      expect(JSON.stringify(lines)).not.toContain('hunter2');
      expect(JSON.stringify(lines)).toContain('***');
    },
  );
});

describe('an error of the database', () => {
  const driver = Object.assign(new Error('no room'), {
    severity: 'ERROR',
    code: '53100',
    detail: 'Failing row contains (hunter2).',
    where: "unnamed portal with parameters: $1 = 'hunter2'",
  });
  const failed = new QueryFailedError('INSERT INTO keys VALUES ($1, $2)', ['hunter2', Buffer.from('hunter2')], driver);

  it.each([
    ['by itself', (log) => log.error(failed)],
    ['as err', (log) => log.warn({ err: failed }, 'x')],
    ['as another field', (log) => log.warn({ reason: failed }, 'x')],
    ['as a cause', (log) => log.warn({ err: new Error('x', { cause: failed }) })],
    ['among others', (log) => log.warn({ err: new AggregateError([failed], 'x') })],
    ['in a message of Nest', (log) => new NestLogger(log).warn({ msg: 'not done', err: failed }, 'Worker')],
    ['as a message of Nest', (log) => new NestLogger(log).error(failed, 'Worker')],
  ] satisfies [string, (log: ReturnType<typeof createLogger>) => void][])(
    'is written without the values of its statement %s',
    (_where, write) => {
      const text = JSON.stringify(linesOf(write));
      expect(text).toContain('no room');
      expect(text).not.toContain('hunter2');
      expect(text).not.toContain('"data":[104');
    },
  );

  it('keeps its statement and its code', () => {
    const [line] = linesOf((log) => log.error({ err: failed }, 'x'));
    expect(line).toMatchObject({
      err: { type: 'QueryFailedError', message: 'no room', query: failed.query, code: '53100' },
    });
  });
});

describe('NestLogger', () => {
  it('keeps who spoke, and the stack of an error', () => {
    const lines = linesOf((logger) => {
      const nest = new NestLogger(logger);
      nest.log('started', 'Worker');
      nest.error('broke', 'Error: broke\n    at x', 'Worker');
      nest.error(new Error('broke'), 'Worker');
      nest.warn({ msg: 'slow', ms: 5 }, 'Worker');
    });
    expect(lines).toMatchObject([
      { level: 30, msg: 'started', context: 'Worker' },
      { level: 50, msg: 'broke', context: 'Worker', stack: 'Error: broke\n    at x' },
      { level: 50, msg: 'broke', context: 'Worker', err: { message: 'broke' } },
      { level: 40, msg: 'slow', context: 'Worker', ms: 5 },
    ]);
  });

  it('lowers what Nest says of each module and route', () => {
    const [line] = linesOf((logger) => new NestLogger(logger).log('Mapped {/v1}', 'RouterExplorer'));
    expect(line).toMatchObject({ level: 20 });
  });
});
