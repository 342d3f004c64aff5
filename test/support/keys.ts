import type { DataSource } from 'typeorm';
import { typeid } from 'typeid-js';
import { hashSecret } from '../../src/access/hash-secret.js';
import { newApiKey } from '../../src/access/key-format.js';
import { ApiKeyEntity, ApiKeySecretEntity } from '../../src/accounts/api-key.entity.js';

type KeyFields = Partial<Omit<ApiKeyEntity, 'id' | 'accountId'>> & Pick<ApiKeyEntity, 'accountId'>;

/** Writes a key with a role or grants straight into the database, an owner's unless told otherwise. */
export async function insertKey(
  database: DataSource,
  fields: KeyFields,
  secretEndsAt: Date | null = null,
): Promise<{ readonly id: string; readonly secret: string }> {
  const id = typeid('key').toString();
  const secret = newApiKey(fields.kind);
  const role = fields.grants === undefined && fields.kind !== 'public' ? ('owner' as const) : null;
  await database.manager.insert(ApiKeyEntity, { id, name: id, role, ...fields });
  const keyHash = hashSecret(secret);
  await database.manager.insert(ApiKeySecretEntity, {
    keyHash,
    keyId: id,
    hint: secret.slice(-4),
    endsAt: secretEndsAt,
  });
  return { id, secret };
}
