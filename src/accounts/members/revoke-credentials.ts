import type { EntityManager } from 'typeorm';

/** A key that a key of his has made is his too. */
const OF_PERSON = `
  WITH RECURSIVE theirs (id) AS (
    SELECT $2::text
    UNION SELECT key.id FROM api_keys AS key JOIN theirs ON key.created_by = theirs.id WHERE key.account_id = $1)`;

const REVOKE_KEYS = `${OF_PERSON}
  UPDATE api_keys SET revoked_at = now() WHERE id IN (SELECT id FROM theirs) AND revoked_at IS NULL`;

const REMOVE_ISSUERS = `${OF_PERSON}
  DELETE FROM token_issuers WHERE account_id = $1 AND created_by IN (SELECT id FROM theirs)`;

/** Revokes the keys of an account that a person has made, and removes the issuers of tokens that he has set up. */
export async function revokeCredentials(manager: EntityManager, accountId: string, personId: string): Promise<void> {
  await manager.query(REMOVE_ISSUERS, [accountId, personId]);
  await manager.query(REVOKE_KEYS, [accountId, personId]);
}
