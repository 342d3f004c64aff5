import { startTestEngine } from '../../support/embedded-engine.js';

describe('an engine that suites share', () => {
  it('is given back empty, and taken by the next', async () => {
    const first = await startTestEngine();
    const run = (sql: string): Promise<unknown> => first.engine.execute({ sql, params: {} });
    await run("INSERT INTO member_sets (property, set_hash, user_id) VALUES (1, repeat('a', 64), 'u')");
    await run('CREATE TABLE left_behind (n UInt8) ENGINE = Memory');
    await run('SYSTEM STOP MERGES');
    const running = first.engine.rows({
      sql: 'SELECT sleepEachRow(3) FROM numbers(20) SETTINGS max_block_size = 1',
      params: {},
    });
    const end = running.catch((error: unknown) => error);
    await first.stop();
    expect(await end).toBeInstanceOf(Error);
    const second = await startTestEngine();
    expect(second.pid).toBe(first.pid);
    const { rows } = await second.engine.rows<{ name: string; n: number }>({
      sql: "SELECT name, total_rows AS n FROM system.tables WHERE database = 'default' AND name IN ('member_sets', 'left_behind')",
      params: {},
    });
    expect(rows).toEqual([{ name: 'member_sets', n: 0 }]);
    await second.stop();
  });
});
