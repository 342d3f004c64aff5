import { startFailure } from '../../src/start-stores.js';
import { readConfig } from '../../src/platform/config/read-config.js';
import { StartupProblem } from '../../src/platform/config/startup-problem.js';

describe('a start that fails after the stores are up', () => {
  const full = new Error('ENOSPC: no space left on device, write');
  const servers = { DATABASE_URL: 'postgresql://muster@host/muster', CLICKHOUSE_URL: 'http://host:8123' };

  it('ends with code 74 where the disk of an embedded store is full', () => {
    const failure = startFailure(readConfig({ DATABASE_URL: servers.DATABASE_URL }), full);
    expect(failure).toBeInstanceOf(StartupProblem);
    expect(failure).toMatchObject({ exitCode: 74, problems: [expect.stringContaining('is full')] });
  });

  it('is reported as it is otherwise', () => {
    const other = new Error('something else');
    const problem = new StartupProblem(78, ['errno: 28']);
    expect(startFailure(readConfig(servers), full)).toBe(full);
    expect(startFailure(readConfig({}), other)).toBe(other);
    expect(startFailure(readConfig({}), problem)).toBe(problem);
  });
});
