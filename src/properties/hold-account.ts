import type { EntityManager } from 'typeorm';
import { Failure } from '../core/failure.js';

/**
 * Until the transaction ends the account is there: what is added to it is not left behind by its deletion.
 * @throws Failure not_found
 */
export async function holdAccount(manager: EntityManager, accountId: string): Promise<void> {
  const found: unknown[] = await manager.query('SELECT 1 FROM accounts WHERE id = $1 FOR KEY SHARE', [accountId]);
  if (found.length === 0) throw new Failure('not_found', 'The account has been deleted.');
}
