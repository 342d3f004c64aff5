import { compileValuesPage } from '../../../src/sql/stored-values.js';

const TARGET = { runId: 'run_1', attempt: 2 };

describe('compileValuesPage', () => {
  it('starts with the first user', () => {
    const { sql, params } = compileValuesPage(TARGET, null, 50);
    expect(sql).not.toContain('user_id >');
    expect(params).toEqual({ p0: 'run_1', p1: 2, p2: 50 });
  });

  it('goes on after a user, the empty one too', () => {
    expect(compileValuesPage(TARGET, '', 50).sql).toContain('user_id > {p2:String}');
  });
});
