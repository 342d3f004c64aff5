import { startTestEngine, type TestEngine } from '../../support/embedded-engine.js';

describe('Engine on the embedded engine', () => {
  let it1: TestEngine;
  beforeAll(async () => {
    it1 = await startTestEngine();
  });
  afterAll(() => it1.stop());

  it('answers', async () => {
    const { rows, stats } = await it1.engine.rows({ sql: 'SELECT {p0:UInt64} AS n', params: { p0: 5 } });
    expect(rows).toEqual([{ n: 5 }]);
    expect(stats.rowsRead).toBe(1);
  });
  it('inserts', async () => {
    await it1.engine.execute({ sql: 'CREATE TABLE l (a String) ENGINE=MergeTree ORDER BY a', params: {} });
    await it1.engine.insertLines({ sql: "INSERT INTO l SELECT line FROM input('line String') FORMAT LineAsString", params: {} }, Buffer.from('a\nb\n'));
    await it1.engine.insertRows('l', [{ a: 'c' }]);
    expect((await it1.engine.rows({ sql: 'SELECT * FROM l ORDER BY a', params: {} })).rows).toEqual([{ a: 'a' }, { a: 'b' }, { a: 'c' }]);
    expect((await it1.engine.rows({ sql: 'SHOW TABLES', params: {} })).rows).toHaveLength(6);
  });
});
