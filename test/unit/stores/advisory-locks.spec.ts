import { livenessKey, lockSql } from '../../../src/stores/postgres/advisory-locks.js';

describe('the keys of advisory locks', () => {
  it('are of the scope and the id together', () => {
    expect(lockSql('rank', '$2')).toBe(`pg_advisory_xact_lock(hashtextextended('rank/' || $2, 0))`);
    expect(lockSql('claim', 'account_id')).toContain(`'claim/' || account_id`);
  });

  it('of a process stay what they are: programs of two versions see each other', () => {
    expect(livenessKey('6f1c6a0e-0000-4000-8000-000000000001')).toBe('-3397311439393267383');
  });
});
